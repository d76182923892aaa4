"""Microseconds an article: our rule set beside four plainer engines, on the same texts.

`python -m benchmarks.matching` compares, with 100 to 100,000 rules:

    ours        `RuleSet.match`: folding, automaton, word edges, compounds, capitals, conditions,
                hits with offsets
    re          one compiled `re` for each group of a rule, as scripts do it: the words as written
                and wildcards; no forms, no compounds; too slow for more than 10,000 rules
    automaton   folding and the bare scan of ahocorasick_rs for the same strings: what ours cannot
                be faster than. It finds them anywhere: no word edges, no capitals, no conditions
    tokens      folding, a set of words, phrases checked in the text: plain Python, the same
                strings; no wildcards, no compounds, no capitals
    spacy       folding, spaCy's tokenizer and PhraseMatcher, the same strings; no wildcards, no
                compounds, no capitals. Left out where spaCy is not installed

Before anything is timed, `re`, `automaton` and `tokens` are compared with ours in a sample, as far
as they can find the same. Building and memory are those of a process of its own for each engine,
which gets its strings ready-made; only ours has to make them, and to load the Dutch words.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from benchmarks.material import (
    Language,
    Plan,
    make_article,
    make_language,
    make_plans,
    make_rules,
    make_texts,
)
from benchmarks.measuring import memory_of, print_table, take_turns
from watcher.model import Article
from watcher.rules import compounds
from watcher.rules.match import RuleSet, patterns_of
from watcher.rules.rule import Rule, Term
from watcher.text import fold

SIZES = (100, 1_000, 10_000, 100_000)
#: Articles that `re` gets: at 10,000 rules it takes a third of a second for one.
_FEW = {100: 100, 1_000: 12, 10_000: 3}
_WORD = re.compile(r"\w+")


class Wanted(NamedTuple):
    """A string of a rule's group; ``open`` if it is the fixed part of a wildcard."""

    rule: str
    group: int
    string: str
    open: bool


#: Rule ids found in an article.
Engine = Callable[[Article], set[str]]
Build = Callable[["Work"], Engine]


class Work(NamedTuple):
    """What an engine is built from: it takes what it understands."""

    plans: Sequence[Plan]
    rules: Sequence[Rule]
    wanted: Sequence[Wanted]


def wanted_by(plans: Sequence[Plan]) -> list[Wanted]:
    """The strings that ours looks for: every form of every term."""
    return [
        Wanted(plan.id, number, pattern.literal, "*" in term)
        for plan in plans
        for number, group in enumerate(plan.groups)
        for term in group
        for pattern in patterns_of(Term(term))
    ]


# --- engines -----------------------------------------------------------------------------------


def ours(work: Work) -> Engine:
    """The project's matcher."""
    matcher = RuleSet(work.rules)
    return lambda article: {match.rule.id for match in matcher.match(article)}


def one_re_a_rule(work: Work) -> Engine:
    """A list of patterns, each searched in each article."""
    find = one_re_a_group(work.plans)
    return lambda article: find(article.text)


def one_re_a_group(plans: Sequence[Plan]) -> Callable[[str], set[str]]:
    """The same for bare texts."""
    compiled = [
        (plan.id, [re.compile(_as_regex(group), re.IGNORECASE) for group in plan.groups])
        for plan in plans
    ]

    def find(text: str) -> set[str]:
        return {name for name, groups in compiled if all(one.search(text) for one in groups)}

    return find


def _as_regex(group: Sequence[str]) -> str:
    terms = "|".join(re.escape(term).replace(r"\*", r"\w*") for term in group)
    return rf"(?<!\w)(?:{terms})(?!\w)"


def bare_automaton(work: Work) -> Engine:
    """Rules of which some string occurs anywhere."""
    owners: dict[str, list[str]] = defaultdict(list)
    for one in work.wanted:
        owners[one.string].append(one.rule)
    automaton = AhoCorasick(list(owners))
    names = list(owners.values())

    def find(article: Article) -> set[str]:
        hits = automaton.find_matches_as_indexes(fold(article.text).text, overlapping=True)
        return {name for index, _, _ in hits for name in names[index]}

    return find


def bare_scan(wanted: Sequence[Wanted]) -> Callable[[Article], object]:
    """What is timed of it: to name rules is no part of a scan, and dear where many share words."""
    automaton = AhoCorasick(list(dict.fromkeys(one.string for one in wanted)))
    return lambda article: automaton.find_matches_as_indexes(
        fold(article.text).text, overlapping=True
    )


def token_set(work: Work) -> Engine:
    """The words of an article looked up in a dictionary of the first words of strings."""
    starts: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    groups = {plan.id: len(plan.groups) for plan in work.plans}
    for one in work.wanted:
        if not one.open:
            words = _WORD.findall(one.string)
            phrase = f" {' '.join(words)} " if len(words) > 1 else ""
            starts[words[0]].append((phrase, one.rule, one.group))

    def find(article: Article) -> set[str]:
        words = _WORD.findall(fold(article.text).text)
        candidates = [each for word in starts.keys() & set(words) for each in starts[word]]
        line = f" {' '.join(words)} " if any(phrase for phrase, _, _ in candidates) else ""
        found: dict[str, set[int]] = defaultdict(set)
        for phrase, name, number in candidates:
            if phrase in line:
                found[name].add(number)
        return {name for name, numbers in found.items() if len(numbers) == groups[name]}

    return find


def phrase_matcher(work: Work) -> Engine:
    """spaCy's, with each string a pattern of its own; conditions as `tokens` judges them."""
    language = import_module("spacy").blank("nl")
    matcher = import_module("spacy.matcher").PhraseMatcher(language.vocab)
    owners: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in work.wanted:
        if not one.open:
            owners[one.string].append((one.rule, one.group))
    for string in owners:
        matcher.add(string, [language.make_doc(string)])
    by_key = {language.vocab.strings[string]: each for string, each in owners.items()}
    groups = {plan.id: len(plan.groups) for plan in work.plans}

    def find(article: Article) -> set[str]:
        found: dict[str, set[int]] = defaultdict(set)
        for key, _, _ in matcher(language.make_doc(fold(article.text).text)):
            for name, number in by_key[key]:
                found[name].add(number)
        return {name for name, numbers in found.items() if len(numbers) == groups[name]}

    return find


ENGINES: dict[str, Build] = {
    "ours": ours,
    "re": one_re_a_rule,
    "automaton": bare_automaton,
    "tokens": token_set,
    "spacy": phrase_matcher,
}


def engines_for(size: int, *, quick: bool) -> list[str]:
    """The engines that can be measured with so many rules."""
    left_out = set() if find_spec("spacy") else {"spacy"}
    if size not in _FEW:
        left_out.add("re")
        # spaCy needs most of a minute to take so many patterns.
        left_out |= {"spacy"} if quick else set[str]()
    return [name for name in ENGINES if name not in left_out]


# --- measuring ---------------------------------------------------------------------------------


def check_agreement(
    plans: Sequence[Plan], engines: dict[str, Engine], articles: Sequence[Article], few: int
) -> float:
    """Rules that ours finds in an article. Raises AssertionError where two engines differ."""
    small = {plan.id for plan in plans if all(map(_is_small, plan.groups))}
    count = 0
    for number, article in enumerate(articles):
        found = engines["ours"](article)
        count += len(found)
        # Ours finds compounds too, and names only with their capitals.
        assert engines["tokens"](article) & small <= found, f"tokens: article {number}"
        assert found <= engines["automaton"](article), f"automaton: article {number}"
        if number < few:
            assert engines["re"](article) & small <= found, f"re: article {number}"
    return count / len(articles)


def _is_small(group: Sequence[str]) -> bool:
    """True for words in small letters without wildcards."""
    return all(term.replace("-", "").isalpha() and term.islower() for term in group)


def measure(
    size: int, language: Language, every: Sequence[Plan], *, quick: bool
) -> dict[str, list[float]]:
    """For each engine: µs an article, seconds of building, megabytes, matches an article."""
    # At least 300: whatever remembers folded texts must not remember these.
    count, rounds = (300, 3) if quick else (1_000, 5)
    few = max(1, _FEW.get(size, 0) // (3 if quick else 1)) if size in _FEW else 0
    articles = [
        make_article(text, number) for number, text in enumerate(make_texts(language, every, count))
    ]
    plans = every[:size]
    names = engines_for(size, quick=quick)
    wanted = wanted_by(plans)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "work.json"
        file.write_text(json.dumps([[(plan.id, plan.groups) for plan in plans], wanted]))
        # To build 100,000 rules in a process for each engine takes most of a minute.
        alone = {
            name: [nan, nan] if quick and size not in _FEW else build_alone(name, file)
            for name in names
        }
    work = Work(plans, make_rules(plans), wanted)
    engines = {name: ENGINES[name](work) for name in names}
    # The few that `re` gets begin with those that match something.
    articles.sort(key=lambda article: not engines["ours"](article))
    matches = check_agreement(plans, engines, articles, few)
    timed: dict[str, Callable[[Article], object]] = {**engines, "automaton": bare_scan(wanted)}
    mixed = articles[::-1]
    counts = {name: few if name == "re" else count for name in names}
    seconds = take_turns(
        {name: _pass_over(mixed[: counts[name]], timed[name]) for name in names},
        rounds,
    )
    return {name: [1e6 * seconds[name] / counts[name], *alone[name], matches] for name in names}


def _pass_over(
    articles: Sequence[Article], engine: Callable[[Article], object]
) -> Callable[[], object]:
    return lambda: [engine(article) for article in articles]


def build_alone(name: str, file: Path) -> list[float]:
    """Seconds of building an engine in a process of its own, and its megabytes at most."""
    command = [sys.executable, "-m", "benchmarks.matching", "--alone", name, "--work", str(file)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(each) for each in ran.stdout.split()]


def _print_alone(name: str, file: Path) -> None:
    groups_of, strings = json.loads(file.read_text())
    plans = [Plan(each, each, tuple(map(tuple, groups))) for each, groups in groups_of]
    # Only what this engine needs: the rest would count as its memory.
    mine = name == "ours"
    work = Work(
        plans,
        make_rules(plans) if mine else [],
        [] if mine or name == "re" else [Wanted(*each) for each in strings],
    )
    del groups_of, strings
    if mine:
        load_word_list()
    start = time.perf_counter()
    engine = ENGINES[name](work)
    built = time.perf_counter() - start
    engine(make_article("Kop\n\nTekst.", 1))
    print(built, memory_of())


def load_word_list() -> float:
    """Seconds to load the Dutch words, once in the life of a process."""
    start = time.perf_counter()
    compounds.is_word("kop")
    return time.perf_counter() - start


def reload_seconds(plans: Sequence[Plan]) -> float:
    """Seconds to compile these rules again when one of them has changed."""
    rules = make_rules(plans)
    kept = RuleSet(rules)
    changed = [*rules[:-1], *make_rules([Plan(plans[-1].id, "Anders", (("heel iets anders",),))])]
    start = time.perf_counter()
    again = RuleSet(changed)
    seconds = time.perf_counter() - start
    assert len(again) == len(kept)
    return seconds


# --- goals -------------------------------------------------------------------------------------


def goals(
    rows: dict[int, dict[str, list[float]]], again: float
) -> list[tuple[str, str, float, str]]:
    """Goal, limit, what was measured, and whether that is met."""
    micros = {size: {name: row[0] for name, row in each.items()} for size, each in rows.items()}
    mine = {size: each["ours"] for size, each in micros.items()}
    many = micros[10_000]
    listed = [
        ("growth from 100 to 10,000 rules", "<", 4.0, mine[10_000] / mine[100]),
        ("growth from 1,000 to 100,000 rules", "<", 10.0, mine[100_000] / mine[1_000]),
        ("10,000 rules: times faster than re", ">", 100.0, many["re"] / many["ours"]),
        ("10,000 rules: times the bare scan", "<", 3.0, many["ours"] / many["automaton"]),
        ("10,000 rules: seconds to compile", "<", 1.0, rows[10_000]["ours"][1]),
        ("10,000 rules: seconds after one changed", "<", 1.0, again),
    ]
    if "spacy" in many:
        ratio = many["spacy"] / many["ours"]
        listed.append(("10,000 rules: times faster than spaCy", ">", 10.0, ratio))
    return [
        (
            goal,
            f"{sign} {limit:g}",
            value,
            "met" if (value < limit if sign == "<" else value > limit) else "NOT met",
        )
        for goal, sign, limit, value in listed
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--alone", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        _print_alone(options.alone, options.work)
        return
    if find_spec("spacy") is None:
        print("spaCy is not installed: left out. To compare with it: pip install spacy")
    print(f"Loading the Dutch words: {load_word_list():.2f} s, not counted below")
    language = make_language()
    every = make_plans(language, SIZES[-1])
    again = reload_seconds(every[:10_000])
    found = {size: measure(size, language, every, quick=options.quick) for size in SIZES}
    rows = [
        (
            *(f"{size:,}", name, micros, micros / each["ours"][0]),
            *("-" if isnan(value) else value for value in (1e3 * built, memory)),
            matches,
        )
        for size, each in found.items()
        for name, (micros, built, memory, matches) in each.items()
    ]
    header = (
        *("rules", "engine", "µs/article", "times ours", "build ms", "peak MB"),
        "our matches/article",
    )
    print_table("Matching: articles of 3.1 kB, medians of interleaved rounds", header, rows)
    print_table("Goals", ("goal", "limit", "measured", ""), goals(found, again))


if __name__ == "__main__":
    main()

"""Microseconds an article: our rule set beside three plainer engines, on the same texts.

`python -m benchmarks.matching` compares, with 10 to 10,000 rules:

    ours        `RuleSet.match`: folding, automaton, word edges, conditions, hits with offsets
    re          one compiled `re` for each group of a rule, as scripts do it
    automaton   folding and the bare scan of ahocorasick_rs: what ours cannot be faster than
    tokens      folding, a set of words, phrases checked in the text: plain Python, no wildcards

Before anything is timed, all must find the same rules in a sample (`tokens` those without
wildcards, `automaton` at least all). Memory is that of a process of its own for each engine.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from benchmarks.material import (
    SIZES,
    Plan,
    load_rules,
    make_article,
    make_language,
    make_plans,
    make_texts,
)
from benchmarks.measuring import allocated, print_table, take_turns
from watcher.model import Article
from watcher.rules.match import RuleSet, terms_of
from watcher.rules.rule import Rule
from watcher.rules.term import compile_term
from watcher.text import fold

#: Rule ids found in an article.
Engine = Callable[[Article], set[str]]

_WORD = re.compile(r"\w+")
#: `re` at 10,000 rules takes a third of a second for an article.
_FEW = {10: 200, 100: 100, 1_000: 12, 10_000: 3}


def ours(plans: Sequence[Plan], rules: Sequence[Rule]) -> Engine:
    """The project's matcher."""
    matcher = RuleSet(rules)
    return lambda article: {match.rule.id for match in matcher.match(article)}


def one_re_a_rule(plans: Sequence[Plan], rules: Sequence[Rule]) -> Engine:
    """A list of patterns, each searched in each article."""
    find = one_re_a_group(plans)
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


def bare_automaton(plans: Sequence[Plan], rules: Sequence[Rule]) -> Engine:
    """Folding and the scan, nothing else: rules of which some string occurs anywhere."""
    owners: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        for term in terms_of(rule.condition):
            for pattern in compile_term(term):
                owners[pattern.literal].append(rule.info.id)
    automaton = AhoCorasick(list(owners))
    names = list(owners.values())

    def find(article: Article) -> set[str]:
        hits = automaton.find_matches_as_indexes(fold(article.text).text, overlapping=True)
        return {name for index, _, _ in hits for name in names[index]}

    return find


def token_set(plans: Sequence[Plan], rules: Sequence[Rule]) -> Engine:
    """The words of an article looked up in a dictionary of the first words of terms."""
    starts: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    groups = {plan.id: len(plan.groups) for plan in plans if not plan.has_wildcard}
    for name, number, term in _plain_terms(plans):
        words = _WORD.findall(fold(term).text)
        starts[words[0]].append((f" {' '.join(words)} " if len(words) > 1 else "", name, number))

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


def _plain_terms(plans: Sequence[Plan]) -> Iterator[tuple[str, int, str]]:
    for plan in plans:
        if not plan.has_wildcard:
            for number, group in enumerate(plan.groups):
                yield from ((plan.id, number, term) for term in group)


ENGINES: dict[str, Callable[[Sequence[Plan], Sequence[Rule]], Engine]] = {
    "ours": ours,
    "re": one_re_a_rule,
    "automaton": bare_automaton,
    "tokens": token_set,
}


def check_agreement(
    plans: Sequence[Plan], engines: dict[str, Engine], articles: Sequence[Article], few: int
) -> int:
    """How many matches were compared. Raises AssertionError where two engines differ."""
    wild = {plan.id for plan in plans if plan.has_wildcard}
    compared = 0
    for number, article in enumerate(articles):
        found = engines["ours"](article)
        compared += len(found)
        # Ours finds forms and compounds too, the others only the words as written.
        assert engines["tokens"](article) <= found, f"tokens: article {number}"
        assert found - wild <= engines["automaton"](article), f"automaton: article {number}"
        if number < few:
            assert engines["re"](article) <= found, f"re: article {number}"
    return compared


def measure(size: int, *, quick: bool) -> list[tuple[object, ...]]:
    """Rows of the table for one size of rule set."""
    # At least 300: whatever remembers folded texts must not remember these.
    count, rounds, few = (300, 3, _FEW[size] // 3) if quick else (1_000, 7, _FEW[size])
    language = make_language()
    plans = make_plans(language, SIZES[-1])
    articles = [
        make_article(text, number) for number, text in enumerate(make_texts(language, plans, count))
    ]
    plans = plans[:size]
    rules = load_rules(plans)
    engines: dict[str, Engine] = {}
    built: dict[str, float] = {}
    for name, build in ENGINES.items():
        start = time.perf_counter()
        engines[name] = build(plans, rules)
        built[name] = time.perf_counter() - start
    # The few that `re` gets begin with those that match something.
    articles.sort(key=lambda article: not engines["ours"](article))
    compared = check_agreement(plans, engines, articles, few)
    mixed = articles[::-1]
    counts = {name: min(count, few) if name == "re" else count for name in engines}
    seconds = take_turns(
        {
            name: lambda name=name, some=mixed[: counts[name]]: [engines[name](one) for one in some]
            for name in engines
        },
        rounds,
    )
    micros = {name: 1e6 * seconds[name] / counts[name] for name in engines}
    return [
        (
            f"{size:,}",
            name,
            micros[name],
            micros[name] / micros["ours"],
            1e3 * built[name],
            "-" if quick else engine_memory(name, size),
            compared,
        )
        for name in engines
    ]


def engine_memory(name: str, size: int) -> float:
    """Megabytes that building an engine adds to a process of its own."""
    command = [sys.executable, "-m", "benchmarks.matching", "--memory", name, "--rules", str(size)]
    # Everything from one allocator, so that it can be asked what is in use.
    environment = {**os.environ, "PYTHONMALLOC": "malloc"}
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(ran.stdout)


def _print_memory(name: str, size: int) -> None:
    plans = make_plans(make_language(), size)
    rules = load_rules(plans)
    gc.collect()
    before = allocated()
    engine = ENGINES[name](plans, rules)
    engine(make_article("Kop\n\nTekst.", 1))
    gc.collect()
    print(allocated() - before)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about twenty seconds")
    parser.add_argument("--memory", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, default=SIZES[-1], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        _print_memory(options.memory, options.rules)
        return
    rows = [row for size in SIZES for row in measure(size, quick=options.quick)]
    header = ("rules", "engine", "µs/article", "times ours", "build ms", "MB", "matches compared")
    print_table("Matching: articles of 3.1 kB, medians of interleaved rounds", header, rows)


if __name__ == "__main__":
    main()

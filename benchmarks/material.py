"""Made-up wire articles and rule sets: the same seed always gives the same texts.

Nothing here was written by anyone: words of the shipped Dutch list are drawn with the frequencies
that words of a language have (Zipf's law in Mandelbrot's form, around a core of function words).
Names are put together from syllables, because no list knows them. What rules look for is drawn
from the list too, so that inflections and compounds of it stand in the articles. Rules are nested:
the first ten of a thousand are the set of ten.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from watcher.model import Article, RuleInfo
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.rule import AllOf, AnyOf, Condition, Rule, Term
from watcher.text import fold_key
from watcher.words.dutch import all_words

#: Sizes of rule sets; a watched article is about a rule of each with the same chance.
SIZES = (10, 100, 1_000, 10_000)
#: Share of articles that are about a rule's subject.
WATCHED = 0.05
#: Length of an article and of a brief, in characters.
ARTICLE, BRIEF = 3_000, 420
#: Rules in one file: a file may have a mebibyte.
RULES_A_FILE = 2_000

_VOCABULARY = 30_000
#: Words that rules look for: enough for 100,000 rules, which need one or two each.
_WATCHED_WORDS = 180_000
#: Rules are about longer words; of short ones everything is a compound.
_MIN_WATCHED = 7
_MANDELBROT = 2.7


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FUNCTION_WORDS = _words(
    "de het een van en in op te dat die is voor met zijn aan niet er om ook als bij naar maar "
    "door over uit nog tot wordt werd tegen hij ze meer dan of deze heeft na al onder wel geen "
    "veel zou kan worden was moet had hun alleen twee eerste sinds volgens tussen jaar zegt"
)
_ONSETS = _words(
    "b b bl br d d dr f g g gr h h j k k kl kr l l m m n n p p pl r r s s sch sl st t t tr "
    "v v w w z z"
)
_VOWELS = _words("a a a e e e e i i i o o o u aa ee oo ie oe eu ui ei ij ou")
_ACCENTED = _words("é ë ï ö ü è")
_CODAS = (
    "",
    *_words("d g k l l m n n n p r r s s t t cht ks ld mp nd ng nk ns nt rd rk rm rt st"),
)
_AGENCIES = ("ANP", "ANP/AFP", "ANP/RTR", "ANP/DPA", "ANP/AFP/RTR")


@dataclass(frozen=True, slots=True)
class Language:
    """Words of everyday text, most frequent first, the words of rules, names and places."""

    common: tuple[str, ...]
    weights: tuple[float, ...]
    watched: tuple[str, ...]
    names: tuple[str, ...]
    places: tuple[str, ...]

    def draw(self, chance: random.Random, count: int) -> list[str]:
        """So many words of running text."""
        top = self.weights[-1]
        return [
            self.common[bisect.bisect(self.weights, chance.random() * top)] for _ in range(count)
        ]


def make_language(seed: int = 1) -> Language:
    """The words that articles and rules of this seed are made of; all differ when folded."""
    chance = random.Random(seed)
    taken = set(_FUNCTION_WORDS)
    known = all_words()
    chance.shuffle(known)
    words = (word for word in known if len(word) > 3 and _is_new(word, taken))
    # Frequent words are short ones.
    ordinary = itertools.islice(words, _VOCABULARY - len(_FUNCTION_WORDS))
    common = (*_FUNCTION_WORDS, *sorted(ordinary, key=lambda word: len(word) + chance.gauss(0, 2)))
    names = _new_names(chance, taken)
    rare = (word for word in words if len(word) >= _MIN_WATCHED)
    watched = tuple(_watch_terms(chance, rare, names, common))
    people = tuple(itertools.islice(names, 3_000))
    places = tuple(name.upper() for name in itertools.islice(names, 200))
    weights = itertools.accumulate(1 / (rank + _MANDELBROT) for rank in range(len(common)))
    return Language(common, tuple(weights), watched, people, places)


def _is_new(word: str, taken: set[str]) -> bool:
    """True for a word that folds to none of those taken, and takes it."""
    key = word if word.isascii() else fold_key(word)
    if key in taken:
        return False
    taken.add(key)
    return True


def _new_names(chance: random.Random, taken: set[str]) -> Iterator[str]:
    while True:
        count = chance.choices((2, 3, 4), (6, 3, 1))[0]
        name = "".join(_syllable(chance) for _ in range(count)).capitalize()
        if len(name) > 3 and _is_new(name.casefold(), taken):
            yield name


def _syllable(chance: random.Random) -> str:
    vowel = chance.choice(_ACCENTED) if chance.random() < 0.01 else chance.choice(_VOWELS)
    return chance.choice(_ONSETS) + vowel + chance.choice(_CODAS)


def _watch_terms(
    chance: random.Random, words: Iterator[str], names: Iterator[str], common: Sequence[str]
) -> Iterator[str]:
    """What rules look for: words, names, phrases, and words with a hyphen."""
    for _ in range(_WATCHED_WORDS):
        kind = chance.random()
        if kind < 0.5:
            yield next(words)
        elif kind < 0.75:
            yield next(names)
        elif kind < 0.93:
            yield f"{next(words)} {chance.choice(common[100:3_000])}"
        else:
            yield f"{next(names)}-{chance.choice(common[100:3_000])}"


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """A made-up rule: every group must have one of its terms; a star is a wildcard."""

    id: str
    title: str
    groups: tuple[tuple[str, ...], ...]

    @property
    def has_wildcard(self) -> bool:
        """True if a term has a star."""
        return any("*" in term for group in self.groups for term in group)


def make_plans(language: Language, count: int, seed: int = 2) -> list[Plan]:
    """Rules: 55 % of one or two terms, 20 % with a wildcard, 25 % `all` of two `any`."""
    chance = random.Random(seed)
    # What the second half of an `all` asks for is common in the news, and in many rules.
    context = chance.sample(language.common[200:5_000], 400)
    terms = iter(language.watched)
    plans: list[Plan] = []
    for number in range(count):
        first = next(terms)
        kind = chance.random()
        groups: tuple[tuple[str, ...], ...]
        if kind < 0.25:
            groups = ((first,),)
        elif kind < 0.55:
            groups = ((first, next(terms)),)
        elif kind < 0.75:
            groups = ((_starred(chance, first),),)
        else:
            groups = ((first, next(terms)), tuple(chance.sample(context, 2)))
        plans.append(Plan(f"r-{number:05}", f"Regel {number}", groups))
    return plans


def _starred(chance: random.Random, term: str) -> str:
    word = term.split()[0].split("-")[0].lower()
    if len(word) < 8:
        return term
    return f"*{word}*" if chance.random() < 0.4 else f"{word}*"


def write_rules(plans: Sequence[Plan]) -> Iterator[str]:
    """The texts of rule files for these plans."""
    for at in range(0, len(plans), RULES_A_FILE):
        rows = ["version: 1", "defaults: {owner: desk, tags: [meting]}", "rules:"]
        for plan in plans[at : at + RULES_A_FILE]:
            rows += [f"  - id: {plan.id}", f"    title: {plan.title}", "    match:"]
            rows += _condition(plan.groups)
        yield "\n".join(rows) + "\n"


def _condition(groups: Sequence[Sequence[str]]) -> Iterator[str]:
    lists = ["[" + ", ".join(f'"{term}"' for term in group) + "]" for group in groups]
    if len(lists) == 1:
        yield f"      any: {lists[0]}"
        return
    yield "      all:"
    yield from (f"        - any: {one}" for one in lists)


def load_rules(plans: Sequence[Plan]) -> list[Rule]:
    """The plans as linked rules, by way of their YAML."""
    files = [
        parse_rules(text, f"meting-{number}.yaml") for number, text in enumerate(write_rules(plans))
    ]
    rules, problems = link(files)
    errors = [one for one in problems if one.level == "error"]
    if errors or len(rules) != len(plans):
        raise AssertionError(f"{len(rules)} of {len(plans)} rules: {errors[:3]}")
    return rules


def make_rules(plans: Sequence[Plan]) -> list[Rule]:
    """The same rules without YAML, which takes twenty seconds for 100,000."""
    return [
        Rule(info=RuleInfo(id=plan.id, title=plan.title), condition=_tree(plan.groups))
        for plan in plans
    ]


def _tree(groups: Sequence[Sequence[str]]) -> Condition:
    parts = [AnyOf(tuple(Term(term) for term in group)) for group in groups]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


# --- texts -------------------------------------------------------------------------------------


def make_texts(
    language: Language, plans: Sequence[Plan], count: int, seed: int = 3
) -> Iterator[str]:
    """Plain-text articles as a wire sends them, of about three thousand characters."""
    chance = random.Random(seed)
    for number in range(count):
        planted = _subject(chance, plans)
        headline = _sentence(language, chance, chance.randint(6, 10)).rstrip(".")
        body = _paragraphs(language, chance, ARTICLE, planted)
        body[0] = f"{_dateline(language, chance)}{body[0]}"
        # A number of its own: two articles must never have the same text.
        yield "\n\n".join([headline, *body, f"Bericht {seed}.{number}."]) + "\n"


def make_strips(
    language: Language, plans: Sequence[Plan], count: int, briefs: int = 8, seed: int = 4
) -> Iterator[str]:
    """Strips of short articles, each behind its dateline, with its time after it."""
    chance = random.Random(seed)
    for number in range(count):
        rows: list[str] = []
        for part in range(briefs):
            (text, *_) = _paragraphs(language, chance, BRIEF, _subject(chance, plans))
            rows.append(f"{_dateline(language, chance)}{text} Bericht {seed}.{number}.{part}.")
            rows.append(f"{chance.randint(2, 59)} minuten geleden")
        yield "\n\n".join(rows) + "\n"


def make_item(language: Language, seed: int) -> tuple[str, str]:
    """Headline and teaser of a feed's item, the same for the same seed."""
    chance = random.Random(seed)
    headline = _sentence(language, chance, chance.randint(6, 10)).rstrip(".")
    return headline, _paragraphs(language, chance, BRIEF, ())[0]


def make_article(text: str, number: int) -> Article:
    """One of these texts as the matcher gets it."""
    headline = text.partition("\n")[0]
    return Article(
        id=f"{number:016x}",
        source="meting",
        document=f"{number}.txt",
        part=1,
        parts=1,
        kind="article",
        title=headline,
        title_source="headline",
        text=text.strip(),
        headline_end=len(headline),
        seen=datetime(2025, 1, 1, tzinfo=UTC),
    )


def _subject(chance: random.Random, plans: Sequence[Plan]) -> list[str]:
    """The words that make a text about a rule, for a few texts; none for most."""
    if not plans or chance.random() >= WATCHED:
        return []
    size = min(chance.choice(SIZES), len(plans))
    plan = plans[chance.randrange(size)]
    words = [chance.choice(group) for group in plan.groups]
    return [word.strip("*") + ("en" if word.endswith("*") else "") for word in words]


def _dateline(language: Language, chance: random.Random) -> str:
    return f"{chance.choice(language.places)} ({chance.choice(_AGENCIES)}) - "


def _paragraphs(
    language: Language, chance: random.Random, length: int, planted: Sequence[str]
) -> list[str]:
    """Paragraphs of two to four sentences up to this length; planted words stand in the first."""
    paragraphs: list[str] = []
    waiting = list(planted)
    while (left := length - sum(map(len, paragraphs))) > 60:
        sentences: list[str] = []
        while sum(map(len, sentences)) < min(left, 420) - 60:
            word = waiting.pop() if waiting else ""
            sentences.append(_sentence(language, chance, chance.randint(9, 22), word))
        paragraphs.append(" ".join(sentences))
    return paragraphs


def _sentence(language: Language, chance: random.Random, count: int, planted: str = "") -> str:
    words = language.draw(chance, count)
    words[0] = words[0].capitalize()
    if chance.random() < 0.6:
        words[chance.randrange(1, count)] = chance.choice(language.names)
    if planted:
        words[chance.randrange(1, count)] = planted
    kind = chance.random()
    if kind < 0.1:
        words[-1] += "', zei " + chance.choice(language.names)
        words[0] = "'" + words[0]
    elif kind < 0.2:
        words[count // 2] += " –"
    elif kind < 0.5:
        words[count // 2] += ","
    elif kind < 0.55:
        words[count // 2] = str(chance.randint(2, 2_000))
    return " ".join(words) + "."

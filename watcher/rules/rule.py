"""The tree that rule files become and the matcher evaluates: terms, conditions, rules, tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from watcher.model import RuleInfo

#: Languages that a term is meant for; None: every language.
Languages = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase, wildcard, seam, regular expression or exact spelling, as written.

    ``alias`` marks the names of an entity: their hits say so. ``compound`` is none, left,
    right, both, any or "" (by the term itself); ``forms`` is auto, none, or the extra forms;
    ``case`` and ``accents`` are fold, exact or auto.
    """

    text: str
    languages: Languages = None
    alias: bool = False
    compound: str = ""
    forms: str | tuple[str, ...] = "auto"
    case: str = "auto"
    accents: str = "auto"

    def __hash__(self) -> int:
        """That of the text, which Python remembers: terms are looked up for every article."""
        return hash(self.text)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds if one of the children holds."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds if every child holds."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Holds if no child holds; what it looks for is never a hit.

    ``in_query``: it was written as NOT.
    """

    children: tuple[Condition, ...]
    in_query: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Holds if each child occurs, neighbours at most ``within`` words apart, in one paragraph.

    ``ordered``: in the order of the children.
    """

    children: tuple[Condition, ...]
    within: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Same:
    """Holds if one sentence (or paragraph) makes every child hold."""

    unit: str
    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds if so many different children hold."""

    count: int
    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Holds if the children occur so many times in total."""

    count: int
    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class In:
    """The child, judged by what stands in one field: headline, lead or body."""

    field: str
    child: Condition


@dataclass(frozen=True, slots=True)
class Masked:
    """The child, judged without the occurrences that overlap one of the masks."""

    child: Condition
    masks: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """``@entity`` or ``$definition``, still by name; linking replaces it.

    ``languages`` narrows all its terms; line and column say where it was written.
    """

    name: str
    line: int
    column: int
    languages: Languages = None

    @property
    def is_entity(self) -> bool:
        """True for ``@name``, false for ``$name``."""
        return self.name.startswith("@")


#: Conditions over several children.
Group = AnyOf | AllOf | NoneOf | Near | Same | AtLeast | Mentions
Condition = Term | Group | Masked | In | Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTest:
    """A text that a rule must match, or must not."""

    line: int
    expected: bool
    text: str
    title: str = ""
    language: str | None = None
    #: What else the test states about its article: key and values.
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTest:
    """A document of which exactly the named articles must match.

    ``articles`` are datelines or beginnings of titles; ``highlights`` must be among the hits.
    """

    line: int
    path: str
    articles: tuple[str, ...] | None = None
    highlights: tuple[str, ...] = ()
    not_highlights: tuple[str, ...] = ()
    todo: str = ""


RuleTest = TextTest | FileTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What an article must be like: globs by key, one of which must fit; and limits.

    What an article does not say counts as not fitting, but for the language.
    """

    globs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    min_words: int = 0
    max_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule whose condition may still hold references (see `watcher.rules.link`)."""

    info: RuleInfo
    condition: Condition
    line: int = 0
    column: int = 0
    where: Where | None = None
    tests: tuple[RuleTest, ...] = ()
    #: Where each channel of ``info.to`` is written, for problems found when linking.
    to_positions: tuple[tuple[int, int], ...] = ()
    #: Lint codes that this rule silences, with the reason.
    lint: dict[str, str] = field(default_factory=dict)
    review_by: str = ""

"""Why a rule matches an article, or why not: its tree with what was found, and the nearest miss.

Every verdict here is one of `watcher.rules.judge` and `watcher.rules.where`, the functions that
matching itself uses; only the causes are looked for by asking them again with a little less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from watcher.model import Article, Hit, Status
from watcher.rules.causes import Cause, make_cause
from watcher.rules.hindrance import Probe
from watcher.rules.judge import Evidence, in_field, judge, unmasked
from watcher.rules.load import RuleFile
from watcher.rules.match import RuleSet, make_hits, terms_of
from watcher.rules.misses import ABSENT, Part, missing, not_near, not_same, stopped, too_few
from watcher.rules.outline import NAMED, Node, kind_of, label_of
from watcher.rules.rule import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    In,
    Masked,
    Mentions,
    Near,
    NoneOf,
    Reference,
    Rule,
    Same,
    Term,
    Where,
)
from watcher.rules.siblings import Siblings
from watcher.rules.where import fits, values_of

#: A rule that is further from holding than this did not nearly match.
_NEARLY = 0.67
#: With more rules than this only those are explained of which some word stands in the text.
_ALL_EXPLAINED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule and an article: whether it holds, by which words, or by how little not.

    ``holds`` is what `RuleSet.match` says. ``cause`` is the nearest miss (None where the rule
    holds), ``status`` what the rule's place in its life changes about it, ``cost`` how far from
    holding it is: 0 to 1.
    """

    rule: Rule
    holds: bool
    tree: Node
    where: tuple[Node, ...] = ()
    cause: Cause | None = None
    status: Cause | None = None
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class _Filter:
    """What takes occurrences away inside a condition, and the evidence around it."""

    condition: In | Masked
    key: str
    outside: Evidence


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree we are: the evidence that counts here, and the filters, innermost first.

    ``in_list``: the condition is one word of a list, whose cause is told for all of them.
    """

    evidence: Evidence
    filters: tuple[_Filter, ...] = ()

    in_list: bool = False

    def inside(self, condition: In | Masked, key: str) -> _Place:
        if isinstance(condition, In):
            narrowed = in_field(condition.field, self.evidence)
        else:
            narrowed = unmasked(condition.masks, self.evidence)
        return _Place(narrowed, (_Filter(condition, key, self.evidence), *self.filters))


class Explainer:
    """A rule set that can be asked why; ``files`` are what its rules were written in."""

    def __init__(self, rules: RuleSet, files: Iterable[RuleFile] = ()) -> None:
        self.rules = rules
        self.names: dict[str, Condition] = {}
        self.written: dict[str, Condition] = {}
        for file in files:
            self.names |= {"@" + name: each for name, each in file.entities.items()}
            self.names |= {"$" + name: each for name, each in file.defines.items()}
            self.written |= {rule.info.id: rule.condition for rule in file.rules}

    @cached_property
    def siblings(self) -> Siblings:
        """The lists of words in all rules."""
        defines = {name: each for name, each in self.names.items() if name.startswith("$")}
        return Siblings(self.rules.rules, defines)

    @cached_property
    def by_term(self) -> Mapping[Term, Sequence[Rule]]:
        """The rules in which each term stands."""
        found: dict[Term, list[Rule]] = defaultdict(list)
        for rule in self.rules.rules:
            for term in dict.fromkeys(terms_of(rule.condition)):
                found[term].append(rule)
        return found

    def about(self, article: Article) -> Reading:
        """The article, to be asked about one rule after the other."""
        return Reading(self, article)


class Reading:
    """One article under a rule set; what its text holds is looked for once."""

    def __init__(self, explainer: Explainer, article: Article) -> None:
        self._explainer = explainer
        self._article = article
        self._evidence = explainer.rules.evidence(article)
        self._probe = Probe(article, self._evidence.layout)

    def explain(self, rule: Rule, *, thorough: bool = True) -> Explanation:
        """Why this rule of the set matches the article, or why not.

        Without ``thorough`` words that only resemble others are not looked for.
        """
        walk = _Walk(self._explainer, self._article, self._evidence, self._probe, thorough)
        written = self._explainer.written.get(rule.info.id)
        tree = walk.node(rule.condition, written, _Place(self._evidence))
        where = tuple(walk.where(rule.where)) if rule.where else ()
        allowed = rule.where is None or fits(rule.where, self._article, self._evidence.layout)
        refused = [node.cause for node in where if node.cause is not None]
        cause = tree.cause or (refused[0] if refused and not allowed else None)
        cost = (tree.cause.cost if tree.cause else 0) + sum(one.cost for one in refused)
        return Explanation(
            rule=rule,
            holds=tree.holds and allowed,
            tree=tree,
            where=where,
            cause=cause,
            status=_status(rule),
            cost=min(1.0, cost),
        )

    def matching(self) -> list[Explanation]:
        """The rules that match, in their order."""
        ids = {match.rule.id for match in self._explainer.rules.match(self._article)}
        rules = self._explainer.rules.rules
        return [self.explain(rule) for rule in rules if rule.info.id in ids]

    def nearest(self, most: int = 3) -> list[Explanation]:
        """The rules that nearly match, nearest first; rules that are off are not among them."""
        explained = (self.explain(rule, thorough=False) for rule in self._touched())
        near = [one for one in explained if not one.holds and _is_near(one)]
        near.sort(key=lambda one: (one.cost, -one.rule.info.severity.rank, one.rule.info.id))
        return [self.explain(one.rule) for one in near[:most]]

    def _touched(self) -> Iterable[Rule]:
        rules = self._explainer.rules.rules
        running = [rule for rule in rules if rule.info.status is not Status.OFF]
        if len(running) <= _ALL_EXPLAINED:
            return running
        by_term = self._explainer.by_term
        touched = {rule.info.id for term in self._evidence.found for rule in by_term[term]}
        return [rule for rule in running if rule.info.id in touched]


def _is_near(one: Explanation) -> bool:
    return one.cost <= _NEARLY and one.cause is not None and one.cause.code not in ABSENT


def _status(rule: Rule) -> Cause | None:
    status = rule.info.status
    return None if status is Status.ACTIVE else make_cause(status.value)


class _Walk:
    """Goes through one rule's tree."""

    def __init__(
        self,
        explainer: Explainer,
        article: Article,
        evidence: Evidence,
        probe: Probe,
        thorough: bool,
    ) -> None:
        self._explainer = explainer
        self._article = article
        self._found = evidence.found
        self._layout = evidence.layout
        self._probe = probe
        self._thorough = thorough

    def node(self, condition: Condition, written: Condition | None, place: _Place) -> Node:
        """The condition, judged here; ``written`` is what it was before linking."""
        name = written.name if isinstance(written, Reference) else ""
        while isinstance(written, Reference):
            written = self._explainer.names.get(written.name)
        judged = judge(condition, place.evidence)
        children = tuple(self._children(condition, written, place, name))
        cause = None if judged is not None else self._cause(condition, children, place, name)
        return Node(
            kind=kind_of(condition, name),
            label=label_of(condition, children),
            holds=judged is not None,
            name=name,
            hits=make_hits(self._article, self._layout, judged or ()),
            children=children,
            cause=cause,
        )

    def _children(
        self, condition: Condition, written: Condition | None, place: _Place, name: str
    ) -> Iterator[Node]:
        match condition:
            case Term() | Reference():
                return
            case In(child=child) | Masked(child=child):
                inner = written.child if isinstance(written, In | Masked) else None
                key = f"not: of {name}:" if name else "except:"
                yield self.node(child, inner, place.inside(condition, key))
            case _:
                inner_place = replace(place, in_list=isinstance(condition, AnyOf))
                for child, one in _paired(condition.children, written):
                    yield self.node(child, one, inner_place)

    def _cause(
        self, condition: Condition, children: Sequence[Node], place: _Place, name: str
    ) -> Cause:
        """Why a condition does not hold."""
        match condition:
            case Term(text=text):
                cause = self._term(condition, place)
                return cause if place.in_list else self._lacking([condition], text, cause)
            case In() | Masked():
                return _cause_of(children[0])
            case AnyOf():
                return self._none_of(condition, children, name, place.in_list)
            case NoneOf():
                return stopped(condition, place.evidence, self._article.text)
            case AtLeast() | Mentions():
                failing = [child.cause for child in children if child.cause is not None]
                return too_few(condition, failing, place.evidence)
            case AllOf() | Near() | Same():
                return _apart(condition, children, place.evidence)
            case Reference():
                raise TypeError("rules are explained after linking")

    def _term(self, term: Term, place: _Place) -> Cause:
        for each in place.filters:
            occurrences = each.outside.of(term)
            if occurrences:
                hits = make_hits(self._article, self._layout, occurrences)
                return _filtered(each, hits, self._found, self._article.text)
        return self._probe.cause(term, thorough=self._thorough)

    def _none_of(
        self, condition: AnyOf, children: Sequence[Node], name: str, in_list: bool
    ) -> Cause:
        nearest = min((_cause_of(child) for child in children), key=lambda cause: cause.cost)
        if nearest.code not in ABSENT:
            return nearest
        words = [
            f'"{each.label}"' if each.kind == "term" else each.title for each in _flat(children)
        ]
        more = ["…"] if len(words) > NAMED else []
        absent = make_cause("absent-all", words=(*words[:NAMED], *more))
        if in_list:
            return absent
        terms = [each for each in terms_of(condition) if not each.alias]
        return self._lacking(terms, name or label_of(condition, children), absent)

    def _lacking(self, terms: Sequence[Term], name: str, cause: Cause) -> Cause:
        """What a list like this one has and this one has not, where nothing else is known."""
        if cause.code not in ABSENT or not self._thorough:
            return cause
        for term, other in self._explainer.siblings.others(terms):
            place = self._probe.find(term)
            if place is not None:
                found = self._article.text[slice(*place)]
                return make_cause("lacks", places=[place], found=found, name=name, other=other)
        return cause

    # --- where: ----------------------------------------------------------------------------------

    def where(self, where: Where) -> Iterator[Node]:
        """Each demand on the article by itself."""
        for key, globs in where.globs:
            wanted = ", ".join(globs)
            values = ", ".join(values_of(self._article, key))
            code = "where" if values else "where-unknown"
            cause = make_cause(code, key=key, value=values, wanted=wanted)
            yield self._demand(f"{key}: {wanted}", Where(globs=((key, globs),)), cause)
        if where.min_words:
            count = self._layout.word(len(self._article.text))
            cause = make_cause("min-words", value=count, wanted=where.min_words)
            yield self._demand(
                f"min_words: {where.min_words}", Where(min_words=where.min_words), cause
            )
        if where.max_age_s is not None:
            age = self._article.seen - (self._article.published or self._article.seen)
            wanted = _duration(where.max_age_s)
            cause = make_cause("max-age", value=_duration(age.total_seconds()), wanted=wanted)
            yield self._demand(f"max_age: {wanted}", Where(max_age_s=where.max_age_s), cause)

    def _demand(self, label: str, where: Where, cause: Cause) -> Node:
        holds = fits(where, self._article, self._layout)
        return Node(kind="where", label=label, holds=holds, cause=None if holds else cause)


def _flat(children: Sequence[Node]) -> Iterator[Node]:
    """The words of a list, those for one language among them."""
    for child in children:
        if child.kind == "any" and not child.name:
            yield from _flat(child.children)
        else:
            yield child


def _paired(
    children: Sequence[Condition], written: Condition | None
) -> Iterator[tuple[Condition, Condition | None]]:
    """Each condition with what was written for it."""
    before: Sequence[Condition | None] = getattr(written, "children", ())
    same = before if len(before) == len(children) else [None] * len(children)
    return zip(children, same, strict=True)


def _apart(condition: AllOf | Near | Same, children: Sequence[Node], evidence: Evidence) -> Cause:
    parts = [Part(name=child.title, cause=child.cause, hits=child.hits) for child in children]
    if any(part.cause is not None for part in parts):
        return missing(label_of(condition, children), parts)
    if isinstance(condition, Near):
        return not_near(condition, evidence)
    assert isinstance(condition, Same), "what all: asks for is all there"
    return not_same(condition, [part.name for part in parts], evidence)


def _filtered(each: _Filter, hits: Sequence[Hit], found: Mapping[Term, object], text: str) -> Cause:
    """What stands there is taken away by a mask, or stands elsewhere in the article."""
    places = [(hit.start, hit.end) for hit in hits]
    first = hits[0]
    if isinstance(each.condition, In):
        actual = tuple(dict.fromkeys(hit.field for hit in hits))
        return make_cause(
            "field", places=places, field=each.condition.field, found=first.text, actual=actual
        )
    masks = tuple(mask.text for mask in each.condition.masks if mask in found)
    return make_cause("masked", places=places, found=first.text, key=each.key, mask=masks)


def _cause_of(node: Node) -> Cause:
    assert node.cause is not None, "what does not hold has a cause"
    return node.cause


def _duration(seconds: float) -> str:
    """A time span as rule files write it, in its largest unit that leaves two digits or fewer."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"

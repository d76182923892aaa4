"""Whether a condition holds for what was found in an article, and by which occurrences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from watcher.rules.layout import Layout
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
    Same,
    Term,
)


class Occurrence(NamedTuple):
    """Characters of the text that a term was found in; ``term`` is as the analyst wrote it."""

    start: int
    end: int
    how: str
    term: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The occurrences of each term, as far as they count here, and the layout of the text."""

    found: Mapping[Term, Sequence[Occurrence]]
    layout: Layout
    keep: Callable[[Occurrence], bool] | None = None

    def of(self, term: Term) -> list[Occurrence]:
        """The occurrences of a term that count."""
        all_of_it = self.found.get(term, ())
        if self.keep is None:
            return list(all_of_it)
        return [one for one in all_of_it if self.keep(one)]

    def only(self, keep: Callable[[Occurrence], bool]) -> Evidence:
        """The evidence that also passes this."""
        outer = self.keep
        both = keep if outer is None else lambda one: outer(one) and keep(one)
        return Evidence(self.found, self.layout, both)


#: None: the condition does not hold. Otherwise what made it hold, maybe nothing.
Judgement = list[Occurrence] | None


def judge(condition: Condition, evidence: Evidence) -> Judgement:
    """The occurrences that make the condition hold, or None where it does not."""
    match condition:
        case Term():
            return evidence.of(condition) or None
        case AnyOf(children=children):
            return _joined([judge(child, evidence) for child in children], 1)
        case AllOf(children=children):
            return _all(children, evidence)
        case NoneOf(children=children):
            return [] if all(judge(child, evidence) is None for child in children) else None
        case Masked(child=child, masks=masks):
            return judge(child, unmasked(masks, evidence))
        case In(field=field, child=child):
            return judge(child, in_field(field, evidence))
        case _:
            return _judge_counted(condition, evidence)


def _judge_counted(condition: Condition, evidence: Evidence) -> Judgement:
    match condition:
        case AtLeast(count=count, children=children):
            return _joined([judge(child, evidence) for child in children], count)
        case Mentions(count=count, children=children):
            found = _joined([judge(child, evidence) for child in children], 1) or []
            return found if len(longest(found)) >= count else None
        case Same(unit=unit, children=children):
            return _same(unit, children, evidence)
        case Near(children=children, within=within, ordered=ordered):
            return _near([judge(one, evidence) for one in children], within, ordered, evidence)
        case Reference():
            raise TypeError("conditions are judged after linking")
    raise TypeError(f"no such condition: {condition!r}")


def _all(children: Iterable[Condition], evidence: Evidence) -> Judgement:
    found: list[Occurrence] = []
    for child in children:
        judged = judge(child, evidence)
        if judged is None:
            return None
        found += judged
    return found


def _joined(judged: Sequence[Judgement], count: int) -> Judgement:
    """All occurrences together, if so many of the judgements hold."""
    holding = [one for one in judged if one is not None]
    if len(holding) < count:
        return None
    return [occurrence for one in holding for occurrence in one]


def in_field(field: str, evidence: Evidence) -> Evidence:
    """Only what stands in the headline, the lead or the body."""
    layout = evidence.layout
    return evidence.only(lambda one: layout.field(one.start) == field)


def in_unit(unit: str, place: int, evidence: Evidence) -> Evidence:
    """Only what stands in the sentence or paragraph of this number."""
    layout = evidence.layout
    return evidence.only(lambda one: layout.unit(unit, one.start) == place)


def unmasked(masks: Sequence[Term], evidence: Evidence) -> Evidence:
    """Only what lies outside every occurrence of a mask."""
    covered = [(one.start, one.end) for mask in masks for one in evidence.found.get(mask, ())]
    if not covered:
        return evidence
    return evidence.only(
        lambda one: not any(one.start < end and start < one.end for start, end in covered)
    )


def _same(unit: str, children: Sequence[Condition], evidence: Evidence) -> Judgement:
    layout = evidence.layout
    first = _joined([judge(child, evidence) for child in children], 1)
    places = sorted({layout.unit(unit, one.start) for one in first or ()})
    found: list[Occurrence] = []
    for place in places:
        found += _all(children, in_unit(unit, place, evidence)) or []
    return found or None


def _near(judged: Sequence[Judgement], within: int, ordered: bool, evidence: Evidence) -> Judgement:
    """The occurrences that stand in some chain over all children."""
    if not all(judged):
        return None
    events = sorted({(one, child) for child, found in enumerate(judged) for one in found or ()})
    whole = (1 << len(judged)) - 1
    chains: list[_Chains] = []
    in_chain: set[int] = set()
    for number in range(len(events)):
        chains.append(_chains_to(number, events, chains, within, ordered, evidence.layout))
        if whole in chains[number]:
            _walk_back(number, whole, events, chains, in_chain)
    return [events[number][0] for number in sorted(in_chain)] or None


#: For an event: each set of children (as bits) that a chain ending there covers, and the event
#: before it in that chain.
_Chains = dict[int, int | None]
_Event = tuple[Occurrence, int]


def _chains_to(
    number: int,
    events: Sequence[_Event],
    chains: Sequence[_Chains],
    within: int,
    ordered: bool,
    layout: Layout,
) -> _Chains:
    """The chains that end at this event, from those that end at the ones before it."""
    occurrence, child = events[number]
    bit = 1 << child
    reached: _Chains = {bit: None} if not ordered or child == 0 else {}
    for before in range(number - 1, -1, -1):
        earlier = events[before][0]
        if _far(earlier, occurrence, within, layout):
            break
        if _close(earlier, occurrence, within, layout):
            for seen in chains[before]:
                if seen == bit - 1 if ordered else not seen & bit:
                    reached.setdefault(seen | bit, before)
    return reached


def _walk_back(
    number: int,
    seen: int,
    events: Sequence[_Event],
    chains: Sequence[_Chains],
    in_chain: set[int],
) -> None:
    at: int | None = number
    while at is not None:
        in_chain.add(at)
        before = chains[at][seen]
        seen &= ~(1 << events[at][1])
        at = before


def _close(first: Occurrence, second: Occurrence, within: int, layout: Layout) -> bool:
    # Of "trad minister Jansen af" the verb is what stands near: the minister is inside.
    end = layout.word_end(first.start) if first.how == "apart" else first.end
    return (
        end <= second.start
        and layout.gap(end, second.start) <= within
        and layout.paragraph(first.start) == layout.paragraph(second.start)
    )


def _far(first: Occurrence, second: Occurrence, within: int, layout: Layout) -> bool:
    """True if nothing before the first can be close to the second either.

    Events are sorted by their beginning; one that begins earlier may end later, but no
    occurrence is longer than this slack.
    """
    return layout.gap(first.start + 1, second.start) > within + 40


def longest(found: Iterable[Occurrence]) -> list[Occurrence]:
    """One occurrence a span of characters: the longest where one lies inside another.

    Of several for one span always the same one, "compound" before "exact" before "form".
    """
    kept: list[Occurrence] = []
    reach = -1
    for one in sorted(set(found), key=lambda each: (each.start, -each.end, each.how, each.term)):
        if one.end > reach:
            reach = one.end
            kept.append(one)
    return kept

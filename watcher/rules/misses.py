"""Why a group of conditions does not hold: how far apart, in which order, how many are missing.

Every number comes from the evaluator: it is asked again with a demand that is a little less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from watcher.model import Hit
from watcher.rules.causes import Cause, make_cause
from watcher.rules.judge import Evidence, Occurrence, in_unit, judge, longest
from watcher.rules.rule import AtLeast, Mentions, Near, NoneOf, Same

#: Chains of more occurrences take too long to try again and again.
_TRIED = 2_000
#: What distances cost, and another paragraph.
_NEAREST, _EACH, _FARTHEST, _OTHER_PARAGRAPH = 0.15, 0.05, 0.6, 0.05
#: Words that a cause says were found.
_FOUND = 3
#: What says of a part only that nothing of it is there.
ABSENT = frozenset(("absent", "absent-all", "missing-all", "regex"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a group: its name, the cause where it is missing, else what was found."""

    name: str
    cause: Cause | None
    hits: tuple[Hit, ...] = ()


def missing(node: str, parts: Sequence[Part]) -> Cause:
    """Some parts are not there. A single one that is nearly there says what is the matter."""
    causes = [(part, part.cause) for part in parts if part.cause is not None]
    cost = sum(cause.cost for _, cause in causes) / len(parts)
    part, nearest = min(causes, key=lambda one: one[1].cost)
    if len(causes) == 1 and nearest.code not in ABSENT:
        return replace(nearest, cost=cost)
    # Of words that are not there their names say it all; what a definition stands for does not.
    named = part.name[:1] in {"$", "@"} and " " not in part.name
    hits = [hit for each in parts for hit in each.hits]
    found = tuple({hit.text.casefold(): f'"{hit.text}"' for hit in reversed(hits)}.values())[::-1]
    return make_cause(
        "missing" if found else "missing-all",
        cost=cost,
        places=[(hit.start, hit.end) for hit in hits],
        inner=nearest if nearest.code not in ABSENT or (named and found) else None,
        node=node,
        count=len(causes),
        total=len(parts),
        missing=tuple(each.name for each, _ in causes),
        found=(*found[:_FOUND], *(["…"] if len(found) > _FOUND else [])),
    )


def not_near(near: Near, evidence: Evidence) -> Cause:
    """All parts are there, and never near enough."""
    wide = evidence.layout.length
    if len(judge(near.children[0], evidence) or ()) > _TRIED:
        return make_cause("near-far", words=f"> {near.within}", within=near.within)
    if judge(replace(near, within=wide), evidence):
        words, places = _closest(near, evidence, wide)
        cost = _far(words, near.within)
        return make_cause("near-far", cost=cost, places=places, words=words, within=near.within)
    if near.ordered and judge(replace(near, ordered=False), evidence):
        found = judge(replace(near, ordered=False), evidence)
        return make_cause("near-order", places=_spans(found))
    flowing = replace(evidence, layout=evidence.layout.flowing())
    if judge(replace(near, within=wide), flowing):
        words, places = _closest(near, flowing, wide)
        cost = _far(words, near.within) + _OTHER_PARAGRAPH
        return make_cause(
            "near-paragraph", cost=cost, places=places, words=words, within=near.within
        )
    if near.ordered and judge(replace(near, ordered=False, within=wide), flowing):
        return make_cause("near-order")
    return make_cause("near-overlap", within=near.within)


def _far(words: int, within: int) -> float:
    """How far from near: a few words too many is nearly, ten times as many is not."""
    return min(_FARTHEST, _NEAREST + _EACH * words / max(1, within))


def _closest(near: Near, evidence: Evidence, wide: int) -> tuple[int, list[tuple[int, int]]]:
    """The least distance at which the condition would hold, and where."""
    low, high = near.within, wide
    if judge(near, evidence):
        high = near.within  # near enough, but for the paragraphs
        low = -1
    while high - low > 1:
        middle = (low + high) // 2
        if judge(replace(near, within=middle), evidence):
            high = middle
        else:
            low = middle
    return high, _spans(judge(replace(near, within=high), evidence))


def _spans(found: Iterable[Occurrence] | None) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in longest(found or ())]


def not_same(same: Same, names: Sequence[str], evidence: Evidence) -> Cause:
    """All parts are there, and never in one sentence or paragraph."""
    if same.unit == "sentence":
        found = judge(replace(same, unit="paragraph"), evidence)
        if found is not None:
            return make_cause("same-paragraph", places=_spans(found))
    best: tuple[int, tuple[str, ...], list[tuple[int, int]]] = (0, tuple(names), [])
    for place in _units(same, evidence):
        here = in_unit(same.unit, place, evidence)
        judged = [judge(child, here) for child in same.children]
        absent = tuple(name for name, one in zip(names, judged, strict=True) if one is None)
        if len(names) - len(absent) > best[0]:
            spans = _spans(one for each in judged for one in each or ())
            best = (len(names) - len(absent), absent, spans)
    count, absent, spans = best
    return make_cause(
        "same-unit",
        places=spans,
        unit=same.unit,
        count=count,
        total=len(names),
        missing=absent,
    )


def _units(same: Same, evidence: Evidence) -> list[int]:
    layout = evidence.layout
    found = [one for child in same.children for one in judge(child, evidence) or ()]
    return sorted({layout.unit(same.unit, one.start) for one in found})


def too_few(condition: AtLeast | Mentions, causes: Sequence[Cause], evidence: Evidence) -> Cause:
    """Not so many different ones, or not so many mentions; ``causes`` are of those that fail."""
    nearest = min(causes, key=lambda cause: cause.cost, default=None)
    if isinstance(condition, AtLeast):
        total = len(condition.children)
        have = total - len(causes)
        cost = sum(sorted(cause.cost for cause in causes)[: condition.count - have])
        return make_cause(
            "at-least",
            cost=cost / condition.count,
            inner=nearest,
            wanted=condition.count,
            count=have,
            total=total,
        )
    found = longest(one for child in condition.children for one in judge(child, evidence) or ())
    cost = (condition.count - len(found)) / condition.count
    return make_cause(
        "mentions", cost=cost, places=_spans(found), wanted=condition.count, count=len(found)
    )


def stopped(condition: NoneOf, evidence: Evidence, text: str) -> Cause:
    """What must not stand there does."""
    found = longest(one for child in condition.children for one in judge(child, evidence) or ())
    written = tuple(dict.fromkeys(text[one.start : one.end] for one in found))
    code = "not" if condition.in_query else "none"
    return make_cause(code, places=_spans(found), found=written)

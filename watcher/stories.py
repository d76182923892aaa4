"""Which story an article belongs to, and what it adds to it. Pure.

A story grows in time order and is never merged with another: two alerts beat none, so an article
joins only on strong evidence, and says which. The figures are those of docs/decisions.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from watcher.likeness import (
    Profile,
    Weights,
    changed_figures,
    contained,
    difference,
    headline_novelty,
    is_same_event_abroad,
    mended_figures,
    names_differ,
    novelty,
    profile,
    same_figures,
    similarity,
    words_of,
)
from watcher.model import Article, Earlier, Nearby, Outcome, Verdict
from watcher.sentences import sentences

#: The configuration's default for how alike the texts of one story are.
USUAL = 0.8
#: Share of the shorter text's runs that a copy has in common, and how many at least.
_COPY, _COPY_RUNS = 0.5, 8
#: Texts with fewer runs than this are short, and a copy has so much of them in common.
_SHORT, _SHORT_COPY = 18, 0.85
#: Texts that are written anew do not have so many runs in common.
_FORM_SHARE = 0.4
#: How much of what they are about two texts of one event have in common.
_EVENT = 0.22
#: A place that has had so many numbers is a counter's.
_COUNTER = 4
#: Sentences of two texts of one article that are compared, and lines of the difference kept.
_COMPARED, _SHOWN = 400, 60
#: So many other figures, and hardly any the same: another edition of a form (weather, prices).
_FORM_FIGURES = 3

_CORRECTION = re.compile(
    r"\s*(?:correctie|rectificatie|verbetering|correction|corrected|corrigendum|berichtigung"
    r"|korrektur|rectificatif)\b",
    re.IGNORECASE,
)
_CORRECTION_LINE = re.compile(
    r"(?:\A|\n|(?<=[.!?] ))\(?(?:correctie|rectificatie|correction|berichtigung) ?[:\-–]"
    r"|\bin een eerdere? (?:versie(?: van dit (?:bericht|artikel))?|bericht)\b[^.]{0,60}\bstond\b"
    r"|\b(?:eerder )?stond (?:hier )?(?:ten onrechte|abusievelijk)\b"
    r"|\ban earlier version of this (?:article|story|report)\b"
    r"|\bin einer früheren (?:version|fassung)\b",
    re.IGNORECASE,
)
#: One of these stands in whatever the expression above finds.
_HINTS = (
    *("correctie", "rectificatie", "correction", "berichtigung", "in een eerder"),
    *("stond", "an earlier version", "in einer früheren"),
)
#: "Ingetrokken vergunning" and "Kill Bill" begin with these words too: one word alone stands in
#: capitals, or before a mark. "*** KILL ***" and "(INGETROKKEN)" are notices.
_WITHDRAWN = re.compile(
    r"[\s*(\[!#>–-]*(?:"
    r"(?i:bericht ingetrokken|ingetrokken bericht|let op[:,]? ingetrokken|story withdrawn"
    r"|(?:advisory|mandatory|bericht) kill|meldung zurückgezogen)\b"
    r"|(?:KILL|INGETROKKEN|WITHDRAWN|RETRACTION|RETRACTED|ZURÜCKGEZOGEN)\b"
    r"|(?i:kill|ingetrokken|withdrawn|retraction|retracted|zurückgezogen)\s*(?:[])*:–—|]|-\s|\Z))"
)


@dataclass(frozen=True, slots=True)
class _Likest:
    """The earlier article that is most alike: as a copy (above 1) or in what it is about."""

    score: float
    earlier: Earlier
    shared: float


def place(
    article: Article, verdict: Verdict, near: Nearby | None, *, alike: float = USUAL
) -> Verdict:
    """The verdict with its story: that of the earlier article it is a copy or a follow-up of.

    ``verdict`` is what the identity keys say. A revision keeps its story; what it adds is judged
    against all of it. ``alike`` (the configuration's near) asks for more or less than usual; with
    1 only the very same text is of one story.
    """
    verdict = replace(verdict, notice=notice_of(article))
    if near is None or verdict.outcome is Outcome.KNOWN:
        return verdict
    mine = profile(article.text, article.headline_end)
    if verdict.outcome is Outcome.REVISION:
        verdict = _revised(article, verdict, near)
    if verdict.outcome is Outcome.NEW:
        likest = _likest(article, mine, near, alike / USUAL) if alike < 1 else None
        if likest is None:
            return verdict
        verdict = _joined(verdict, likest)
    story = [one for one in near.articles if one.story == verdict.story]
    return _with_news(verdict, mine, article.source, story)


def _revised(article: Article, verdict: Verdict, near: Nearby) -> Verdict:
    """The verdict with what changed since the text before, and how many texts there were."""
    earlier = [one for one in near.articles if verdict.of in (one.article, one.revision_of)]
    if not earlier:
        return verdict
    # Of the texts of one batch, which were seen together, the one that came last.
    last = max(reversed(earlier), key=lambda one: one.seen)
    return replace(verdict, changes=changes(last.text, article.text), edition=len(earlier) + 1)


def changes(before: str, after: str) -> tuple[str, ...]:
    """The sentences that went ("- …") and came ("+ …"), in their order; so many at most."""
    one, other = sentences(before, _COMPARED), sentences(after, _COMPARED)
    lines: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind != "equal":
            lines += [f"- {line}" for line in one[a:b]] + [f"+ {line}" for line in other[c:d]]
    return tuple(lines[:_SHOWN])


def notice_of(article: Article) -> str:
    """What an article says about an earlier one: "correction", "withdrawn" or nothing."""
    headline = article.text[: article.headline_end] or article.text[:100]
    if article.status == "canceled" or _WITHDRAWN.match(headline):
        return "withdrawn"
    if _CORRECTION.match(headline) or _has_correction_line(article.text):
        return "correction"
    return ""


def _has_correction_line(text: str) -> bool:
    lowered = text.lower()
    # Plain strings first: the expression walks over every character of every article.
    return any(hint in lowered for hint in _HINTS) and _CORRECTION_LINE.search(text) is not None


def _joined(verdict: Verdict, likest: _Likest) -> Verdict:
    earlier = likest.earlier
    if likest.score > 1 and not verdict.notice:
        outcome = Outcome.DUPLICATE
        reason = f"{likest.shared:.0%} of it stands in article {earlier.article}"
    else:
        outcome = Outcome.FOLLOW_UP
        reason = f"about the same as article {earlier.article} (likeness {likest.score:.2f})"
    return replace(
        verdict,
        outcome=outcome,
        story=earlier.story,
        of=earlier.article,
        reason=f"{reason} from {earlier.source}",
    )


def _likest(article: Article, mine: Profile, near: Nearby, strict: float) -> _Likest | None:
    best: _Likest | None = None
    weights = Weights(near.known, near.total)
    for earlier in near.articles:
        found = _compare(article, mine, earlier, weights)
        if found is not None and found.score < strict * (_EVENT if found.score < 1 else 1 + _COPY):
            continue
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def _compare(article: Article, mine: Profile, earlier: Earlier, weights: Weights) -> _Likest | None:
    theirs = profile(earlier.text, earlier.headline_end)
    if names_differ(mine, theirs):
        return None
    share = copied_share(mine, theirs)
    if share:
        score = 1 + share
    elif article.language and earlier.language and article.language != earlier.language:
        score = _EVENT if is_same_event_abroad(mine, theirs, weights) else 0.0
    else:
        score = similarity(mine, theirs, weights)
    if score < _EVENT or _is_form(mine, theirs, share) or _is_series(article, earlier):
        return None
    return _Likest(score, earlier, share)


def copied_share(mine: Profile, theirs: Profile) -> float:
    """The share of the shorter text that stands in the other one, if that makes it a copy; or 0.

    Of a short text nearly all must be there: ten words are soon the same.
    """
    share, runs = contained(mine, theirs)
    short = min(len(mine.runs), len(theirs.runs)) < _SHORT
    return share if runs >= _COPY_RUNS and share >= (_SHORT_COPY if short else _COPY) else 0.0


def _is_series(article: Article, earlier: Earlier) -> bool:
    """Items of one form about different things: the headlines differ in a word or two, and these
    stand in their own text and not in the other one. A number that differs is a correction."""
    headlines = article.text[: article.headline_end], earlier.text[: earlier.headline_end]
    mine, theirs = difference(*headlines)
    if not mine or not theirs or mine.isdigit() or max(mine.count(" "), theirs.count(" ")) > 3:
        return False
    bodies = [
        f" {' '.join(words_of(text))} "
        for text in (article.text[article.headline_end :], earlier.text[earlier.headline_end :])
    ]
    return [f" {one} " in body for one in (mine, theirs) for body in bodies] == [
        True,
        False,
        False,
        True,
    ]


def _is_form(mine: Profile, theirs: Profile, share: float) -> bool:
    """The weather of another day, the results of another match: the same words, other figures; or
    a sentence or two of which much is literally the same, but not enough for a copy."""
    alike, _ = contained(mine, theirs)
    if not share and alike >= _FORM_SHARE and max(len(mine.runs), len(theirs.runs)) < _SHORT:
        return True
    # One number may stand in many places, and is one correction.
    changed = len(set(changed_figures(mine, theirs)))
    return changed >= _FORM_FIGURES and changed > same_figures(mine, theirs)


def _counters(mine: Profile, story: Sequence[Earlier]) -> set[str]:
    """Numbers that stand where the story had ever other ones: a page counts its readers there."""
    had: dict[tuple[str, str], set[str]] = {}
    for earlier in story:
        for place, number in profile(earlier.text, earlier.headline_end).figures.items():
            had.setdefault(place, set()).add(number)
    return {number for place, number in mine.figures.items() if len(had.get(place, ())) >= _COUNTER}


def _with_news(verdict: Verdict, mine: Profile, source: str, story: Sequence[Earlier]) -> Verdict:
    """The verdict with what the article says that its story has not said before."""
    said: set[str] = set()
    corrected: set[str] = set()
    copied = verdict.copied
    sources = {one.source: None for one in sorted(story, key=lambda one: one.seen)}
    sources.pop(source, None)
    for earlier in story:
        theirs = profile(earlier.text, earlier.headline_end)
        said.update(theirs.terms)
        share = copied_share(mine, theirs)
        if share:
            copied = max(copied, share)
            corrected.update(mended_figures(mine, theirs))
    if verdict.notice == "correction":
        # In words of its own it says what is right now, and mostly not at the same place.
        corrected.update(term[1:] for term in mine.terms if term.startswith("#"))
    corrected -= _counters(mine, story)
    known = frozenset(said)
    return replace(
        verdict,
        # A correction repeats what it corrects, and is none of its copies.
        copied=0.0 if verdict.notice else copied,
        # Who copies the mended text says nothing new any more.
        corrected=tuple(sorted(number for number in corrected if f"#{number}" not in said)),
        novelty=novelty(mine, known),
        headline_novelty=headline_novelty(mine, known),
        reported_by=tuple(sources),
        continued=any(one.source == source for one in story),
    )

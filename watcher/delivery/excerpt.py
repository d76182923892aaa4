"""The few sentences of an article that show why a rule holds, with the hits marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.delivery.plain import clean
from watcher.model import Article, Hit
from watcher.sentences import BREAK, REACH, end_of, sentence_around

_MOST = 4
#: With thousands of hits the first ones choose the sentences; all of them are counted.
_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Run:
    """Clean text that is, or is not, a hit."""

    text: str
    hit: bool = False
    negated: bool = False


Passage = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Headline and passages in text order; ``hidden(n)`` counts hits outside the first n."""

    headline: Passage
    passages: tuple[Passage, ...]
    #: Hits in the article; in the headline; in each passage.
    total: int
    in_headline: int
    in_passages: tuple[int, ...]

    def hidden(self, shown: int) -> int:
        """How many hits are neither in the headline nor in the first ``shown`` passages."""
        return self.total - self.in_headline - sum(self.in_passages[:shown])


def choose_excerpt(
    article: Article, hits: Sequence[Hit], news: Sequence[tuple[int, int]] = ()
) -> Excerpt:
    """Two to four sentences: those with a term not seen yet, then others with hits, then the
    neighbour of the only one. Total for any text and any offsets.

    Of an update, only the sentences that are ``news``.
    """
    text = article.text
    end = min(max(article.headline_end, 0), len(text))
    valid = [hit for hit in hits if 0 <= hit.start < hit.end <= len(text)]
    shown = min(end, 2 * REACH)
    headline = [hit for hit in valid if hit.start < shown]
    body = [hit for hit in valid if hit.start >= end]
    fresh = [(start, stop) for start, stop in news if end <= start < stop <= len(text)]
    if fresh:
        spans = _apart(sorted(fresh)[:_MOST])
    else:
        spans = _with_neighbour(text, end, _choose_spans(text, end, body[:_LOOKED_AT]))
    inside = [[hit for hit in body if start <= hit.start < stop] for start, stop in spans]
    return Excerpt(
        headline=_runs(text, 0, shown, headline),
        passages=tuple(
            _runs(text, start, stop, some)
            for (start, stop), some in zip(spans, inside, strict=True)
        ),
        total=len(valid),
        in_headline=len(headline),
        in_passages=tuple(len(some) for some in inside),
    )


def _choose_spans(text: str, floor: int, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """The spans of the chosen sentences, in text order."""
    terms: dict[tuple[int, int], set[str]] = {}
    for hit in hits:
        terms.setdefault(sentence_around(text, floor, hit.start, hit.end), set()).add(hit.term)
    chosen: list[tuple[int, int]] = []
    told: set[str] = set()
    for span, found in terms.items():
        if not found <= told:
            chosen.append(span)
            told |= found
    chosen += [span for span in terms if span not in chosen][: max(0, 2 - len(chosen))]
    return _apart(sorted(chosen[:_MOST]))


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that do not overlap: long sentences are cut around each hit, and may meet."""
    merged: list[tuple[int, int]] = []
    for start, stop in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _with_neighbour(text: str, floor: int, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One sentence alone gets the next one beside it; none at all becomes the lead."""
    if len(spans) > 1:
        return spans
    start = spans[0][1] if spans else floor
    while start < len(text) and text[start].isspace():
        start += 1
    if start >= len(text):
        return spans
    stop = end_of(text, start, min(len(text), start + 2 * REACH))
    return [*spans, (start, stop)]


def _runs(text: str, start: int, stop: int, hits: Sequence[Hit]) -> Passage:
    """The text from start to stop in runs; overlapping hits become one."""
    runs: list[Run] = []
    position = start
    for low, high, negated in _joined(hits):
        low, high = max(low, position), min(high, stop)
        if high <= low:
            continue
        runs += [Run(clean(text[position:low])), Run(clean(text[low:high]), True, negated)]
        position = high
    runs.append(Run(clean(text[position:stop])))
    passage = list(_trimmed([run for run in runs if run.text]))
    if passage and _is_cut(text[max(0, stop - 8) : stop], text[stop : stop + 2]):
        passage.append(Run("…"))
    if passage and _is_cut(text[max(0, start - 8) : start], text[start : start + 2]):
        passage.insert(0, Run("…"))
    return tuple(passage)


def _is_cut(before: str, after: str) -> bool:
    """Whether a place in the text is neither a paragraph's nor a sentence's border."""
    if not before or not after or BREAK in before[-2:] or after == BREAK:
        return False
    return before.rstrip()[-1:] not in {*".!?…\"'”’»)]", ""}


def _joined(hits: Sequence[Hit]) -> list[tuple[int, int, bool]]:
    spans: list[tuple[int, int, bool]] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if spans and hit.start < spans[-1][1]:
            low, high, negated = spans[-1]
            spans[-1] = (low, max(high, hit.end), negated and hit.negated)
        else:
            spans.append((hit.start, hit.end, hit.negated))
    return spans


def _trimmed(runs: list[Run]) -> Passage:
    """Without blanks at the ends."""
    if runs and not runs[0].hit:
        runs[0] = Run(runs[0].text.lstrip())
    if runs and not runs[-1].hit:
        runs[-1] = Run(runs[-1].text.rstrip())
    return tuple(run for run in runs if run.text)

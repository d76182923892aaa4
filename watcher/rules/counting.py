"""The keys of a rule that tells of numbers: when, spike and silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from watcher.counts import Lull, Spike, Volume, When
from watcher.rules import syntax
from watcher.rules.conditions import Reader
from watcher.rules.problems import Report
from watcher.tallies import show_span

KEYS = ("when", "spike", "silence")
WHEN_KEYS = ("articles", "within", "distinct")
SPIKE_KEYS = ("factor", "window", "baseline", "min")
DISTINCT = ("source", "story")

_SECOND = timedelta(seconds=1)
#: Matches of so long are counted with every article: the longest that a window may be.
MOST_WINDOW = timedelta(days=31)
MOST_BASELINE = timedelta(days=366)


def read_counting(read: Reader, report: Report, rule: syntax.Mapping) -> Volume | None:
    """What a rule counts, if it does; what is wrong is reported and left out."""
    return _Counting(read, report).read(rule)


def as_written(volume: Volume | None) -> dict[str, object]:
    """The key of a rule that counts with all its values, as an analyst would write it."""
    if isinstance(volume, When):
        distinct = {"distinct": volume.distinct} if volume.distinct else {}
        within = _written(volume.within)
        return {"when": {"articles": volume.articles, "within": within, **distinct}}
    if isinstance(volume, Spike):
        window, baseline = _written(volume.window), _written(volume.baseline)
        spans = {"window": window, "baseline": baseline}
        return {"spike": {"factor": volume.factor, **spans, "min": volume.least}}
    return {"silence": _written(volume.after)} if volume is not None else {}


def _written(span: timedelta) -> str:
    """A duration in its largest whole unit: "2h", "90m"."""
    seconds = span.total_seconds()
    units = {"d": 86_400, "h": 3_600, "m": 60}
    for unit, size in units.items():
        if not seconds % size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


class _Counting:
    def __init__(self, read: Reader, report: Report) -> None:
        self._read = read
        self._report = report

    def read(self, rule: syntax.Mapping) -> Volume | None:
        found = [key for key in rule.keys if key in KEYS]
        if len(found) > 1:
            at = rule.keys[found[1]]
            self._report.add("E224", at.line, at.column, found=", ".join(found))
            return None
        if not found:
            return None
        readers = {"when": self._when, "spike": self._spike, "silence": self._silence}
        return readers[found[0]](rule)

    def _when(self, rule: syntax.Mapping) -> When | None:
        node = self._block(rule, "when", WHEN_KEYS, required=("articles", "within"))
        if node is None:
            return None
        articles = self._read.number(node, "articles", 2)
        within = self._span(node, "within", MOST_WINDOW)
        distinct = self._read.choice(node, "distinct", DISTINCT)
        if articles is None or within is None:
            return None
        return When(articles=articles, within=within, distinct=distinct)

    def _spike(self, rule: syntax.Mapping) -> Spike | None:
        node = self._block(rule, "spike", SPIKE_KEYS, required=("factor",))
        if node is None:
            return None
        usual = Spike(factor=1)
        factor = self._factor(node)
        window = self._span(node, "window", MOST_WINDOW, usual.window)
        # There is nothing usual about less than one window.
        least = window or _SECOND
        baseline = self._span(node, "baseline", MOST_BASELINE, usual.baseline, least=least)
        minimum = self._read.number(node, "min", 1, default=usual.least)
        if factor is None or window is None or baseline is None or minimum is None:
            return None
        return Spike(factor=factor, window=window, baseline=baseline, least=minimum)

    def _silence(self, rule: syntax.Mapping) -> Lull | None:
        span = self._span(rule, "silence", MOST_BASELINE)
        return Lull(span) if span is not None else None

    def _block(
        self, rule: syntax.Mapping, key: str, keys: Sequence[str], *, required: Sequence[str]
    ) -> syntax.Mapping | None:
        node = self._read.mapping(rule, key)
        if node is None:
            return None
        self._read.keys(node, keys)
        missing = [one for one in required if one not in node.values]
        for one in missing:
            at = rule.keys[key]
            self._report.add("E204", at.line, at.column, key=one, where=f" in {key}")
        return None if missing else node

    def _span(
        self,
        node: syntax.Mapping,
        key: str,
        most: timedelta,
        default: timedelta | None = None,
        *,
        least: timedelta = _SECOND,
    ) -> timedelta | None:
        """A duration within bounds; None for what is none."""
        span = default
        if key in node.values:
            span = self._read.duration(node, key)
            if span is None and not self._read.text(node, key):
                at = node.values[key]
                self._report.add("E216", at.line, at.column, key=key, value="")
        if span is None or least <= span <= most:
            return span
        at = node.values.get(key, node)
        self._report.add(
            "E223", at.line, at.column, key=key, least=show_span(least), most=show_span(most)
        )
        return None

    def _factor(self, node: syntax.Mapping) -> float | None:
        written = self._read.text(node, "factor")
        try:
            factor = float(written)
        except ValueError:
            factor = 0.0
        if 1 < factor < 1_000_000:
            return factor
        at = node.values["factor"]
        self._report.add("E225", at.line, at.column, value=written)
        return None

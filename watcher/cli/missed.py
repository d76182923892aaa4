"""`watcher missed`: "I should have had this": the step that lost an article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from watcher import dedup
from watcher.articles.extract import extract
from watcher.cli.documents import is_url, read_named, read_rules
from watcher.cli.find import Found, by_link, by_words, site_of
from watcher.cli.life import alert_lines, related_json
from watcher.cli.main import Options, pass_options
from watcher.cli.output import alert_json, echo, echo_json, plain, quarantine_json, show_time
from watcher.cli.phrases import ALERT_ID, Speaker
from watcher.cli.show import reading, source_state
from watcher.cli.tree import explanation_json, near_line, places_of, shown
from watcher.config import Config
from watcher.config import Source as SourceConfig
from watcher.interfaces import Store
from watcher.listing import AlertRow, ArticleRow, SourceRow
from watcher.model import Article, Candidate, DeliveryState, Document, Quarantined, Status
from watcher.rules.explain import Explainer, Explanation
from watcher.rules.match import RuleSet

#: The steps at which an article is lost, the last one first; the first of them is none.
STEPS = (
    "told",
    "waiting",
    "delivery dead",
    "all suppressed",
    "no rule matched",
    "never ingested",
)
_NEAR = 3
#: The id of an article or an alert, or the beginning of one; "dead" and "2026" may be text.
_AN_ID = re.compile(r"[0-9a-f]{6,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """What a person has of an article: its link, its text, or both."""

    name: str
    url: str = ""
    candidate: Candidate | None = None


@click.command("missed")
@click.argument("what", metavar="URL|FILE|TEXT")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@pass_options
def missed_command(options: Options, what: str, as_json: bool) -> int:
    """Which step lost an article that somebody should have had.

    From a URL, a file, - (text on stdin), or the headline or text itself.
    """
    config = options.load()
    told = True
    with reading(config) as store:
        tracer = _Tracer(options, config, store)
        for sought, found in tracer.find(what):
            trace = tracer.trace(sought, found)
            told &= trace.step == "told"
            if as_json:
                echo_json(tracer.json(trace))
            else:
                tracer.tell(trace)
    return 0 if told else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trace:
    """How far an article came, and what is known about where it stopped."""

    sought: _Sought
    step: str
    found: Found | None = None
    perhaps: Sequence[Found] = ()
    matching: Sequence[Explanation] = ()
    nearest: Sequence[Explanation] = ()
    #: The article that the rules were asked about: the archived one, or what was given.
    judged: Article | None = None
    sources: Sequence[tuple[SourceConfig, SourceRow | None]] = ()
    quarantine: Sequence[Quarantined] = ()
    #: Alerts of other articles, because of which this one was not told.
    before: Sequence[AlertRow] = ()


class _Tracer:
    """Follows what a person has through the store, step by step."""

    def __init__(self, options: Options, config: Config, store: Store) -> None:
        self._options = options
        self._config = config
        self._store = store
        self._timezone = config.watcher.timezone
        self._say = Speaker(options.language)

    # --- finding ---------------------------------------------------------------------------------

    def find(self, what: str) -> Iterator[tuple[_Sought, list[Found]]]:
        """What is sought, article by article, with what the archive has of it."""
        if is_url(what):
            found = list(by_link(what, self._store))
            if found:
                yield _Sought(name=what, url=what), found
                return
        elif row := self._named(what):
            yield _Sought(name=what, url=row.article.url or ""), [Found(row=row, by="id")]
            return
        for sought in self._read(what):
            window = self._config.dedup.window
            words = by_words(sought.candidate, self._store, window) if sought.candidate else []
            yield sought, words

    def _named(self, what: str) -> ArticleRow | None:
        """The article with this id, or of the alert with this id; either may be cut short."""
        ids = self._store.named(what, 2) if _AN_ID.fullmatch(what) else ()
        return self._store.article(ids[0]) if len(ids) == 1 else None

    def _read(self, what: str) -> Iterator[_Sought]:
        """The articles in what was given; a page that cannot be read is only a link."""
        url = what if is_url(what) else ""
        if url or what == "-" or _is_file(what):
            document = read_named(what, self._config, source="missed")
        else:
            now = datetime.now(UTC)
            document = Document(source="missed", name="text", body=what.encode(), seen=now)
        candidates = dedup.identify(extract(document)) if document is not None else []
        for one in candidates:
            yield _Sought(name=what, url=url or one.article.url or "", candidate=one)
        if not candidates:
            yield _Sought(name=what, url=url)

    # --- judging ---------------------------------------------------------------------------------

    def trace(self, sought: _Sought, found: Sequence[Found]) -> _Trace:
        """How far it came: the furthest of the articles that it may be."""
        certain = [one for one in found if one.certain]
        if not certain:
            return self._never(sought, found)
        best = min(certain, key=lambda one: STEPS.index(step_of(one.row)))
        step = step_of(best.row)
        trace = _Trace(sought=sought, step=step, found=best, judged=best.row.article)
        if step == "no rule matched":
            return self._judged(trace, best.row.article)
        if step == "all suppressed":
            return replace(trace, before=list(self._before(best.row.alerts)))
        return trace

    def _never(self, sought: _Sought, perhaps: Sequence[Found]) -> _Trace:
        """Nothing of it is in the archive: is there a source, and what is the matter with it?"""
        rows = {row.name: row for row in self._store.overview().sources}
        site = site_of(sought.url) if sought.url else ""
        sources = [
            (one, rows.get(one.name))
            for one in self._config.source
            if one.url and site and site_of(one.url) == site
        ]
        if not sought.url:
            failing = [one for one in self._config.source if _fails(rows.get(one.name))]
            sources = [(one, rows[one.name]) for one in failing]
        names = {one.name for one, _ in sources} if sought.url else set()
        parts = [site] if site else [Path(sought.name).name] if _is_file(sought.name) else []
        quarantine = [one for part in parts for one in self._store.quarantined(part)]
        trace = _Trace(
            sought=sought,
            step="never ingested",
            perhaps=perhaps,
            sources=sources,
            quarantine=quarantine,
        )
        if sought.candidate is None:
            return trace
        article = sought.candidate.article
        if len(names) == 1:
            article = replace(article, source=sources[0][0].name, tags=sources[0][0].tags)
        return self._judged(trace, article)

    @cached_property
    def _explainer(self) -> Explainer:
        read = read_rules(self._options, self._config, None)
        return Explainer(RuleSet(read.rules), read.files)

    def _judged(self, trace: _Trace, article: Article) -> _Trace:
        """With the rules of now: those that match, else those that nearly do."""
        about = self._explainer.about(article)
        matching = about.matching()
        nearest = [] if any(_sends(one) for one in matching) else about.nearest(_NEAR)
        return replace(trace, judged=article, matching=matching, nearest=nearest)

    def _before(self, alerts: Iterable[AlertRow]) -> Iterator[AlertRow]:
        ids = [found[1] for row in alerts if (found := ALERT_ID.search(row.alert.reason))]
        for alert in dict.fromkeys(ids):
            for article in self._store.named(alert, 1):
                row = self._store.article(article)
                yield from (one for one in (row.alerts if row else ()) if one.alert.id == alert)

    # --- telling ---------------------------------------------------------------------------------

    def tell(self, trace: _Trace) -> None:
        """The step, and what is known about it."""
        told = trace.step == "told"
        mark = click.style("✓", fg="green") if told else click.style("✗", fg="red")
        step = self._say("told") if told else self._say("not told", step=self._say(trace.step))
        self._print(f"{mark} {step}")
        if trace.found is not None:
            self._print(*self._found_lines(trace.found))
        tellers = {
            "no rule matched": self._rule_lines,
            "never ingested": self._never_lines,
        }
        self._print(*tellers.get(trace.step, self._alert_lines)(trace))

    def _found_lines(self, found: Found) -> Iterator[str]:
        article = found.row.article
        how = self._say(f"found by {found.by}")
        archived = self._say("found as", id=article.id, title=plain(article.title))
        yield f"  {archived} ({how})"
        seen = show_time(article.seen, self._timezone)
        yield "  " + self._say("seen", time=seen, source=article.source)

    def _alert_lines(self, trace: _Trace) -> Iterator[str]:
        assert trace.found is not None
        for row in trace.found.row.alerts:
            yield from alert_lines(row, self._timezone, self._say)
            if row.alert.code == "no-route":
                yield "      → " + self._say("add route")
        for row in trace.before:
            yield "  → " + self._say(
                "see alert",
                id=row.alert.id,
                time=show_time(row.alert.created, self._timezone),
                title=plain(row.alert.title),
            )
            yield from (f"  {line}" for line in alert_lines(row, self._timezone, self._say))
        if trace.step in {"waiting", "delivery dead"}:
            yield "  → " + self._say("see queue")

    def _rule_lines(self, trace: _Trace) -> Iterator[str]:
        """The rules that match now, else what would mend the nearest ones."""
        if trace.judged is None:
            return
        if trace.matching:
            rules = ", ".join(one.rule.info.id for one in trace.matching)
            yield "  " + self._say("would match", rules=rules)
        if not trace.nearest:
            return
        yield "  " + self._say("nearest")
        what = trace.found.row.article.id if trace.found else f"'{trace.sought.name[:40]}'"
        for one in trace.nearest:
            yield f"  {near_line(one, self._say)}"
            yield from (f"      “{each}”" for each in shown(trace.judged, places_of(one)))
            info = one.rule.info
            yield "      → " + self._say(
                "mend", file=info.file, line=one.rule.line, what=what, rule=info.id
            )

    def _never_lines(self, trace: _Trace) -> Iterator[str]:
        if trace.perhaps:
            yield "  " + self._say("perhaps")
            for one in trace.perhaps:
                article = one.row.article
                seen = show_time(article.seen, self._timezone)
                yield f"    {article.id}  {seen}  {article.source}: {plain(article.title)}"
        yield from self._source_lines(trace)
        for lost in trace.quarantine:
            at = show_time(lost.at, self._timezone)
            yield "  " + self._say(
                "quarantined",
                document=plain(lost.document),
                source=lost.source,
                time=at,
                reason=plain(lost.reason),
            )
        yield from self._rule_lines(trace)

    def _source_lines(self, trace: _Trace) -> Iterator[str]:
        url = trace.sought.url
        if url and not trace.sources:
            yield "  " + self._say("host unknown", host=site_of(url), url=url)
        if not url and trace.sources:
            yield "  " + self._say("failing sources")
        for one, row in trace.sources:
            state = source_state(row) if row else "new"
            last = show_time(row.state.last_success, self._timezone) if row else None
            host = site_of(one.url or "") or str(one.path)
            yield "  " + self._say(
                "host known", name=one.name, host=host, state=state, time=last or "-"
            )
            if row is not None and row.state.error:
                since = show_time(row.state.error_since, self._timezone)
                yield "    " + self._say("source error", time=since, error=plain(row.state.error))

    def _print(self, *lines: str) -> None:
        for line in lines:
            echo(line, color=self._options.use_color() or None)

    # --- JSON ------------------------------------------------------------------------------------

    def json(self, trace: _Trace) -> dict[str, Any]:
        """The same facts."""
        row = trace.found.row if trace.found else None
        judged = trace.judged
        return {
            "what": trace.sought.name,
            "told": trace.step == "told",
            "step": trace.step,
            "article": _found_json(trace.found, self._timezone) if trace.found else None,
            "perhaps": [_found_json(one, self._timezone) for one in trace.perhaps],
            "alerts": [alert_json(one, self._timezone) for one in (row.alerts if row else ())],
            "told_before": [alert_json(one, self._timezone) for one in trace.before],
            "would_match": [one.rule.info.id for one in trace.matching],
            "nearest": [
                explanation_json(one, judged, self._options.language)
                for one in trace.nearest
                if judged is not None
            ],
            "sources": [_source_json(one, each, self._timezone) for one, each in trace.sources],
            "quarantine": [quarantine_json(one, self._timezone) for one in trace.quarantine],
        }


def step_of(row: ArticleRow) -> str:
    """How far an archived article came: one of `STEPS`."""
    if any(alert.state == "told" for alert in row.alerts):
        return "told"
    live = [alert for alert in row.alerts if not alert.alert.suppressed]
    states = {one.state for alert in live for one in alert.deliveries}
    if live and (states != {DeliveryState.DEAD} or any(alert.holds for alert in live)):
        return "waiting"
    if live:
        return "delivery dead"
    return "all suppressed" if row.alerts else "no rule matched"


def _is_file(what: str) -> bool:
    """False also for a headline that no file system takes as a name."""
    try:
        return Path(what).is_file()
    except (OSError, ValueError):
        return False


def _fails(row: SourceRow | None) -> bool:
    return row is not None and bool(row.state.error)


def _sends(one: Explanation) -> bool:
    return one.rule.info.status is Status.ACTIVE


def _found_json(found: Found, timezone: str) -> dict[str, Any]:
    article = found.row.article
    return {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "seen": show_time(article.seen, timezone),
        "story": found.row.story,
        "story_reason": found.row.story_reason,
        "others": [related_json(one, timezone) for one in found.row.others],
        "found_by": found.by,
    }


def _source_json(one: SourceConfig, row: SourceRow | None, timezone: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": source_state(row) if row else "new",
        "last_success": show_time(row.state.last_success, timezone) if row else None,
        "error": row.state.error or None if row else None,
        "error_since": show_time(row.state.error_since, timezone) if row else None,
    }

"""`watcher source`: where articles come from, how they do, and changes to the list."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from watcher.cli.files import replace_file
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_json, echo_rows, plain, show_time
from watcher.cli.show import reading, source_state
from watcher.config import Config, parse_config
from watcher.config import Source as SourceConfig
from watcher.errors import FetchError, StoreError, UnreadableDocument
from watcher.listing import SourceHealth, SourceRow
from watcher.model import Document, Extraction, SourceState
from watcher.secrecy import public_url

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group("source")
def source_command() -> None:
    """Where articles come from: list, probe, add, import, export, pause, resume."""


# --- list --------------------------------------------------------------------------------------


@source_command.command("list")
@_JSON
@pass_options
def source_list(options: Options, as_json: bool) -> int:
    """Every source: how it does, and what it brings against its habit."""
    config = options.load()
    rows: dict[str, SourceRow] = {}
    health: dict[str, SourceHealth] = {}
    # Without a store nothing was polled yet; the list is the configuration's all the same.
    with contextlib.suppress(StoreError), reading(config) as store:
        rows = {row.name: row for row in store.overview().sources}
        health = store.source_health()
    shown = [
        _source_json(one, rows.get(one.name), health.get(one.name), config.watcher.timezone)
        for one in config.source
    ]
    if as_json:
        echo_rows(shown)
        return 0
    for one in shown:
        _tell_source(one)
    return 0


def _source_json(
    one: SourceConfig, row: SourceRow | None, health: SourceHealth | None, timezone: str
) -> dict[str, Any]:
    row = row or _never_polled(one)
    state = row.state
    return {
        "name": one.name,
        "type": one.type,
        "url": public_url(one.url) if one.url else None,
        "path": str(one.path) if one.path else None,
        "tags": list(one.tags),
        "language": one.language,
        "every_s": one.every.total_seconds() if one.type == "feed" else None,
        "paused": row.paused or row.held,
        "state": source_state(row),
        "last_success": show_time(state.last_success, timezone),
        "next_due": show_time(state.next_due, timezone),
        "error": state.error or None,
        "error_since": show_time(state.error_since, timezone),
        "failures": state.failures,
        "moved_to": public_url(state.moved_to) or None,
        "event": state.event or None,
        "event_at": show_time(state.event_at, timezone),
        "articles": row.articles,
        "articles_day": health.day if health else 0,
        "articles_normal": round(health.normal, 1) if health and health.normal else None,
        "lag_s": round(health.lag.total_seconds()) if health and health.lag else None,
    }


def _never_polled(one: SourceConfig) -> SourceRow:
    state = SourceState(name=one.name, next_due=datetime.now(UTC))
    return SourceRow(
        name=one.name, type=one.type, paused=one.paused, held=False, state=state, articles=0
    )


def _public(url: str) -> str:
    """A feed's address without a user name in it."""
    return re.sub(r"//[^/@]*@", "//", url, count=1)


def _tell_source(one: dict[str, Any]) -> None:
    normal = one["articles_normal"]
    habit = f" (normally {normal:g} a day)" if normal is not None else ""
    lag = f", {_span(one['lag_s'])} after publication" if one["lag_s"] is not None else ""
    echo(
        f"{one['name']:<20} {one['type']:<7} {one['state']:<8} "
        f"{one['articles_day']} articles in 24 hours{habit}, {one['articles']} in all{lag}"
    )
    echo(f"    {plain(one['url'] or one['path'] or '')}")
    echo(f"    last success {one['last_success'] or 'never'}, next {one['next_due']}")
    if one["error"]:
        echo(f"    ! {plain(one['error'])} (since {one['error_since']})")
    if one["event"]:
        echo(f"    {one['event_at']}: {plain(one['event'])}")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


# --- probe -------------------------------------------------------------------------------------


@source_command.command("probe")
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_options
def source_probe(options: Options, url: str, as_json: bool) -> int:
    """Ask a feed once, and say what it would bring. Nothing is stored."""
    config = options.load()
    found = asyncio.run(_probe(config, url))
    if as_json:
        echo_json(found)
    else:
        _tell_probe(found)
    return 1 if found["error"] else 0


async def _probe(config: Config, url: str) -> dict[str, Any]:
    # The web and the parser are only needed here.
    from watcher.app import open_fetcher
    from watcher.sources.fetch import split_user
    from watcher.sources.politeness import fresh_for
    from watcher.sources.sandbox import Sandbox

    asked, login = split_user(url)
    fetcher, parser = open_fetcher(config), Sandbox()
    now = datetime.now(UTC)
    found: dict[str, Any] = {"url": asked, "error": None, "articles": 0}
    try:
        answer = await fetcher.get(asked, secret_headers=login)
        if answer.status != 200:
            raise FetchError(f"HTTP {answer.status} {answer.reason}".strip())
        document = Document(
            source="probe",
            name=asked,
            body=answer.body,
            seen=now,
            content_type=answer.headers.get("Content-Type", ""),
            url=answer.url,
            timezone=config.watcher.timezone,
            expects="feed",
        )
        (extraction,) = await parser.parse([document])
        fresh = fresh_for(answer.headers, answer.body, now)
        found |= {
            "answered": answer.url,
            "moved_to": answer.moved_to or None,
            "bytes": len(answer.body),
            "conditional": bool({"ETag", "Last-Modified"} & set(answer.headers)),
            "fresh_for_s": fresh.total_seconds() if fresh else None,
            **_contents(extraction, config.watcher.timezone),
        }
    except FetchError as error:
        found["error"] = str(error)
    finally:
        await fetcher.close()
        await parser.close()
    return found


def _contents(extraction: Extraction, timezone: str) -> dict[str, Any]:
    articles = extraction.articles
    dated = sorted(
        one.published for one in articles if one.published_source == "document" and one.published
    )
    span = dated[-1] - dated[0] if len(dated) > 1 else timedelta()
    words = sorted(len(one.text.split()) for one in articles)
    return {
        "error": extraction.failure,
        "articles": len(articles),
        "losses": list(extraction.losses),
        "dated": len(dated),
        "newest": show_time(dated[-1], timezone) if dated else None,
        "a_day": round(len(dated) / (span / timedelta(days=1)), 1) if span else None,
        "words": words[len(words) // 2] if words else 0,
        "languages": sorted({one.language for one in articles if one.language}),
        "titles": [one.title for one in articles[:5]],
    }


def _tell_probe(found: dict[str, Any]) -> None:
    if found["error"]:
        echo(f"{found['url']}: {plain(found['error'])}", err=True)
        return
    echo(f"{found['url']}: {found['articles']} articles, {found['words']} words each as a rule")
    if found["moved_to"]:
        echo(f"  moved for good to {plain(found['moved_to'])}")
    rate = f", {found['a_day']:g} a day" if found["a_day"] is not None else ""
    echo(f"  newest {found['newest'] or 'unknown'}{rate}; {found['dated']} have a date")
    if not found["conditional"]:
        echo("  its server cannot say that nothing changed: all of it is fetched each time")
    if found["fresh_for_s"]:
        echo(f"  asks not to be fetched again for {_span(found['fresh_for_s'])}")
    for loss in found["losses"]:
        echo(f"  ! {plain(loss)}")
    for title in found["titles"]:
        echo(f"  - {plain(title)}")
    if found["words"] < 60:
        echo('  only teasers: with fetch = "full" the pages they link to are read too')


# --- add, import, export -----------------------------------------------------------------------


@source_command.command("add")
@click.argument("url")
@click.option("--name", help="What it is called in rules and lists (default: from its address).")
@click.option("--tag", "tags", multiple=True, help="For `where: {tags: …}` in rules; repeatable.")
@click.option("--every", help='How often it is asked, like "10m".')
@click.option("--no-probe", is_flag=True, help="Add it without asking it first.")
@pass_options
def source_add(
    options: Options,
    url: str,
    name: str | None,
    tags: Sequence[str],
    every: str | None,
    no_probe: bool,
) -> int:
    """Add a feed to the configuration file, after asking it once."""
    path = options.config_path()
    config = options.load()
    if any(one.url == url for one in config.source):
        raise click.UsageError(f"{_public(url)} is a source already")
    if not no_probe:
        found = asyncio.run(_probe(config, url))
        _tell_probe(found)
        if found["error"]:
            echo("not added; --no-probe adds it all the same", err=True)
            return 1
    taken = {one.name for one in config.source}
    if name in taken:
        raise click.UsageError(f'there is a source called "{name}" already')
    name = name or _free_name(re.sub(r"^www\.", "", _host(url)), taken)
    extra = {"every": every} if every else {}
    _append(path, [{"name": name, "type": "feed", "url": url, **extra, "tags": list(tags)}])
    echo(f"added {name} to {path}; a running daemon reads it after a reload")
    return 0


@source_command.command("import")
@click.argument("opml", type=click.File("rb"))
@pass_options
def source_import(options: Options, opml: Any) -> int:
    """Add every feed of an OPML list to the configuration file; folders become tags."""
    from watcher.sources.opml import parse_opml

    path = options.config_path()
    config = options.load()
    try:
        outlines = parse_opml(opml.read())
    except UnreadableDocument as error:
        echo(f"{opml.name}: {error}", err=True)
        return 1
    known = {one.url for one in config.source}
    taken = {one.name for one in config.source}
    added: list[dict[str, Any]] = []
    for outline in outlines:
        if outline.url in known:
            continue
        if not re.match(r"https?://[^/\s]+", outline.url):
            echo(f"left out: {plain(outline.url)} is no http or https address", err=True)
            continue
        name = _free_name(outline.title or _host(outline.url), taken)
        taken.add(name)
        tags = [tag for folder in outline.folders if (tag := _slug(folder))]
        added.append({"name": name, "type": "feed", "url": outline.url, "tags": tags})
    if added:
        _append(path, added)
    there = sum(outline.url in known for outline in outlines)
    echo(f"{len(added)} feeds added to {path}, {there} were there already")
    return 0


@source_command.command("export")
@click.argument("opml", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@pass_options
def source_export(options: Options, opml: Any) -> int:
    """Write the feeds as an OPML list (default: to stdout); a first tag becomes a folder."""
    from watcher.sources.opml import Outline, render_opml

    config = options.load()
    outlines = [
        Outline(title=one.name, url=_public(one.url), folders=one.tags[:1])
        for one in config.source
        if one.url
    ]
    opml.write(render_opml(outlines, title="news-watcher"))
    return 0


def _host(url: str) -> str:
    return _public(url).split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]


def _slug(text: str) -> str:
    """A name that the configuration takes: small letters, digits, hyphens."""
    plain_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", plain_text).strip("-.")[:60]


def _free_name(text: str, taken: Iterable[str]) -> str:
    name = base = _slug(text) or "feed"
    number = 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _append(path: Path, sources: Sequence[dict[str, Any]]) -> None:
    """Add [[source]] tables to a configuration file, whole or not at all.

    Raises `ConfigError` when it would not be a good configuration any more.
    """
    text = path.read_text(encoding="utf-8")
    blocks = ["" if text.endswith("\n") or not text else "\n"]
    for source in sources:
        lines = [
            f"{key} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in source.items()
            if value != []
        ]
        blocks.append("\n".join(["", "[[source]]", *lines, ""]))
    text += "".join(blocks)
    parse_config(text, str(path), folder=path.resolve().parent)
    replace_file(path.resolve(), text)


# --- furniture ---------------------------------------------------------------------------------


@source_command.command("furniture")
@click.argument("name")
@click.option("--keep", metavar="KEY", help="This line is text all the same.")
@click.option("--drop", metavar="KEY", help="It is furniture after all.")
@_JSON
@pass_options
def source_furniture(
    options: Options, name: str, keep: str | None, drop: str | None, as_json: bool
) -> int:
    """Lines that a source repeats under every article, which rules therefore do not see."""
    from watcher.store.store import open_store

    config = options.load()
    if keep or drop:
        store = open_store(config.store_url)
        try:
            if not store.keep_line(name, keep or drop or "", bool(keep)):
                raise click.UsageError(f"{name} has no such line; see `watcher source furniture`")
        finally:
            store.close()
        return 0
    with reading(config) as store:
        rows = store.furniture(name)
    if as_json:
        timezone = config.watcher.timezone
        echo_rows(
            {"key": row.key, "line": row.line, "kept": row.kept, "at": show_time(row.at, timezone)}
            for row in rows
        )
        return 0
    for row in rows:
        echo(f"{row.key}  {'text' if row.kept else 'furniture':<9}  {plain(row.line)}")
    if not rows:
        echo(f"no line of {name} was learned as furniture")
    return 0


# --- pause, resume -----------------------------------------------------------------------------


@source_command.command("pause")
@click.argument("name")
@pass_options
def source_pause(options: Options, name: str) -> int:
    """Stop asking a source until `resume`; a running daemon does so at once."""
    return _hold(options, name, held=True)


@source_command.command("resume")
@click.argument("name")
@pass_options
def source_resume(options: Options, name: str) -> int:
    """Ask a paused source again."""
    return _hold(options, name, held=False)


def _hold(options: Options, name: str, *, held: bool) -> int:
    from watcher.store.store import open_store

    config = options.load()
    configured = {one.name: one for one in config.source}
    if name not in configured:
        raise click.UsageError(f'there is no source called "{name}"; see `watcher source list`')
    store = open_store(config.store_url)
    try:
        found = store.hold(name, held)
    finally:
        store.close()
    if not found:
        echo(f"{name} has never been polled: start the daemon once", err=True)
        return 1
    if not held and configured[name].paused:
        echo(f"{name} stays paused: the configuration says so", err=True)
        return 1
    echo(f"{name} is {'paused' if held else 'no longer paused'}")
    return 0

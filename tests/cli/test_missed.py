"""`watcher missed` from outside: one case for each step that loses an article."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher.model import DeliveryState, Settlement
from watcher.store.store import open_store

Run = Callable[..., Any]
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>
<item><title>Brug bij Sint-Joris dicht voor zwaar verkeer</title>
<link>https://www.ormbode.example/regio/17-brug?utm_source=rss</link>
<description>De brug over de Orm is dicht; de omweg is lang.</description></item>
</channel></rss>"""


@pytest.fixture
def archive(project: Path, watcher: Run) -> Path:
    """A project that has read a file for each fate, and a feed's items."""
    config = project / "config.toml"
    config.write_text(
        config.read_text()
        + '[[source]]\nname = "krant"\ntype = "folder"\npath = "krant"\nsettle = "50ms"\n'
        + '[[source]]\nname = "ormbode"\ntype = "feed"\npaused = true\n'
        + 'url = "https://feeds.ormbode.example/rss"\n'
        + '[[channel]]\nname = "dicht"\nurl = "json://127.0.0.1:9/"\n'
    )
    rules = project / "rules" / "meer.yaml"
    rules.write_text(
        "rules:\n  - {id: boycot, match: boycot, alert: {to: [dicht]}}\n"
        "  - {id: bijna, match: {near: [brug, schip], within: 2}}\n"
        "  - {id: schaduw, status: shadow, match: zeppelin}\n"
    )
    for name, text in {
        "told.txt": "Er komt een embargo op olie uit het noorden van Valdoria.",
        "unrouted.txt": "De stilte in het dorp Oranjewoud keert na jaren weer terug.",
        "shadow.txt": "Boven de haven van Kaap Joris verscheen een zeppelin uit Spanje.",
        "waiting.txt": "De boycot van de supermarkten in Lutjebroek duurt nog voort.",
        "empty.txt": "",
        "feed.xml": FEED,
    }.items():
        (project / "drop" / name).write_text(text, encoding="utf-8")
    watcher("run", "--once")
    (project / "krant").mkdir(exist_ok=True)
    (project / "krant" / "copy.txt").write_text(
        "Er komt een embargo op olie uit het noorden van Valdoria.", encoding="utf-8"
    )
    watcher("run", "--once")
    return project


def test_each_step_is_named(archive: Path, watcher: Run) -> None:
    told = watcher("missed", "Er komt een embargo op olie uit het noorden van Valdoria.")
    assert told.status == 0
    assert told.out.startswith("✓ It was told.")
    assert "(by its text)" in told.out

    by_headline = watcher("missed", "BRUG BIJ SINT-JORIS DICHT", "--lang", "nl")
    assert by_headline.status == 1
    assert by_headline.out.startswith("✗ Het is niet gemeld: geen regel paste.")
    assert "(aan de kop)" in by_headline.out
    assert "✗ bijna: near ≤ 2: 1 van 2 ontbreekt: schip; wel gevonden:" in by_headline.out
    assert "verbeteren: rules/meer.yaml:3; de hele boom: watcher explain" in by_headline.out

    by_link = watcher("missed", "http://ormbode.example/regio/17-brug/", "--json")
    (row,) = by_link.rows
    assert (by_link.status, row["step"], row["told"]) == (1, "no rule matched", False)
    assert row["article"]["found_by"] == "link"
    assert row["nearest"][0]["rule"] == "bijna"

    (row,) = watcher("missed", "Zwaar verkeer: dicht brug bij Joris voor de Sint", "--json").rows
    assert row["article"]["found_by"] == "likeness"

    unrouted = watcher("missed", "De stilte in het dorp Oranjewoud keert na jaren weer terug.")
    assert "every alert was suppressed" in unrouted.out
    assert "✗ stil: not told: no route" in unrouted.out
    assert "add a [[route]]" in unrouted.out

    shadow = watcher("missed", "Boven de haven van Kaap Joris verscheen een zeppelin uit Spanje")
    assert "not told: the rule's status is shadow" in shadow.out

    waiting = watcher("missed", "De boycot van de supermarkten in Lutjebroek duurt nog voort.")
    assert (waiting.status, "the alert waits" in waiting.out) == (1, True)
    assert "attempt 1 failed" in waiting.out
    assert "see watcher queue list" in waiting.out

    give_up(archive)
    dead = watcher("missed", "De boycot van de supermarkten in Lutjebroek duurt nog voort.")
    assert "the delivery was given up" in dead.out


def give_up(project: Path) -> None:
    url = f"sqlite:{project}/state/watcher.db"
    store = open_store(url, clock=lambda: datetime.now(UTC) + timedelta(days=1))
    claimed = store.claim_delivery("dicht", "test", timedelta(minutes=1))
    assert claimed is not None
    store.settle(claimed, Settlement(state=DeliveryState.DEAD, error="550 unknown"))
    store.close()


def test_what_never_came_in(archive: Path, watcher: Run) -> None:
    unknown = watcher("missed", "http://127.0.0.1:9/artikel")
    assert unknown.status == 1
    assert "cannot be read" in unknown.err
    assert "it never came in" in unknown.out
    assert "no source reads" in unknown.out
    assert "watcher source add http://127.0.0.1:9/artikel" in unknown.out

    (known,) = watcher("missed", "https://nieuws.ormbode.example/x", "--json").rows
    assert known["step"] == "never ingested"
    assert [(one["name"], one["state"]) for one in known["sources"]] == [("ormbode", "paused")]

    (archive / "empty.txt").write_text("", encoding="utf-8")
    lost = watcher("missed", "empty.txt")
    assert "in quarantine: empty.txt (wire, " in lost.out
    assert "the file is empty" in lost.out

    new = watcher("missed", "Een embargo en een zeppelin in Verweggistan, meldt niemand.")
    assert "it never came in" in new.out
    assert "with the rules of now it would match schaduw, embargo" in new.out


def test_an_alert_or_the_beginning_of_an_id_names_the_article(archive: Path, watcher: Run) -> None:
    alert = next(row for row in watcher("alerts", "--json").rows if row["state"] == "told")
    for name in (alert["article"], alert["article"][:8], alert["id"], alert["id"][:8]):
        (row,) = watcher("missed", name, "--json").rows
        assert (row["article"]["id"], row["step"]) == (alert["article"], "told")


def test_what_a_suppressed_alert_was_told_in(archive: Path, watcher: Run) -> None:
    alerts = watcher("alerts", "--json", "--rule", "embargo").rows
    first = next(row for row in alerts if row["source"] == "wire")
    copy = next(row for row in alerts if row["source"] == "krant")
    result = watcher("missed", copy["article"])
    assert result.status == 1
    assert f"told before: {first['id']}" in result.out
    assert "piket (" in result.out
    (row,) = watcher("missed", copy["article"], "--json").rows
    assert [one["id"] for one in row["told_before"]] == [first["id"]]


def test_without_a_store_there_is_nothing_to_look_in(watcher: Run) -> None:
    assert watcher("missed", "Een kop").status == 69

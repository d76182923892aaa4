"""Feeds as the real daemon meets them for the first time, and when they change their minds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from harness import Home, Loopback, block, rss, wait_until


def dated(names: dict[str, timedelta], *, ids: str = "guid") -> bytes:
    """A feed whose items were published so long ago."""
    body = rss(names)
    for name, ago in names.items():
        date = format_datetime(datetime.now(UTC) - ago)
        guid = f"<guid isPermaLink='false'>guid-{name}</guid>".encode()
        new = f"<guid isPermaLink='false'>{ids}-{name}</guid><pubDate>{date}</pubDate>".encode()
        body = body.replace(guid, new)
    return body


def served(bodies: list[bytes]) -> Callable[[Any], Any]:
    """The last of these bodies; a test may add another."""
    return lambda _: (200, {}, bodies[-1])


def feed_home(home: Home, loopback: Loopback, bodies: list[bytes], **options: Any) -> None:
    url = loopback.feed("bode", served(bodies))
    home.config(
        block("source", name="bode", type="feed", url=url, every="1s", **options),
        block("channel", name="piket", url=loopback.hook("piket")),
        block("route", to=["piket"]),
    )


def alerts(home: Home) -> list[tuple[Any, ...]]:
    return home.rows("SELECT title, kind, code, suppressed FROM alert ORDER BY title")


def test_a_feed_read_for_the_first_time_tells_what_is_new_in_one_digest(
    home: Home, loopback: Loopback
) -> None:
    hour, week = timedelta(hours=1), timedelta(days=7)
    bodies = [dated({"a": hour, "b": hour, "c": week, "d": hour})]
    feed_home(home, loopback, bodies)
    home.start()
    wait_until(lambda: loopback.hooked("piket"), "the digest")
    bodies.append(dated({"a": hour, "e": hour}))
    wait_until(lambda: len(loopback.hooked("piket")) == 2, "an alert for the new item")
    digest, alert = (json.loads(one.body) for one in loopback.hooked("piket"))
    assert "3 meldingen uit bode, voor het eerst gelezen" in digest["title"]
    for name in "abd":
        assert f"https://nieuws.example/{name}" in digest["message"]
    assert "https://nieuws.example/c" not in digest["message"]
    assert "Bericht e" in alert["title"]
    found = {title: row for title, *row in alerts(home)}
    assert found["Bericht c over een embargo"] == ["NEW", "backfill", 1]
    assert found["Bericht a over een embargo"] == ["DIGEST", "first-sight", 0]
    listed = [one for one in home.lines("alerts") if one["kind"] == "DIGEST"]
    assert {one["state"] for one in listed} == {"told"}


def test_a_feed_that_renumbers_alerts_nothing_and_says_so_once(
    home: Home, loopback: Loopback
) -> None:
    week = timedelta(days=7)
    names = dict.fromkeys((f"n{number:03}" for number in range(300)), week)
    bodies = [dated(names)]
    feed_home(home, loopback, bodies)
    daemon = home.start()
    wait_until(lambda: len(alerts(home)) == 300, "300 articles")
    bodies.append(dated(names, ids="nieuw"))
    wait_until(lambda: daemon.says("renumbered 300 items"), "the event")
    bodies.append(dated({**names, "vers": timedelta()}, ids="nieuw"))
    wait_until(lambda: loopback.hooked("piket"), "an alert for what is new")
    assert len(alerts(home)) == 301
    assert daemon.log.read_text().count("renumbered") == 1


def test_lines_that_a_source_repeats_are_learned_shown_and_taken_back(
    home: Home, loopback: Loopback
) -> None:
    line = "Dit stuk kwam tot stand met steun van het fonds voor de havens."
    home.standard(loopback)
    home.start()

    def drop(name: str, more: str = line) -> str:
        text = f"Kop {name} over de haven\n\nIn {name} is een embargo afgekondigd.\n\n{more}\n"
        home.drop(f"{name}.txt", text)
        where = f"title LIKE 'Kop {name} %'"
        wait_until(lambda: home.rows(f"SELECT 1 FROM article WHERE {where}"), name)
        ((found,),) = home.rows(f"SELECT text FROM article WHERE {where}")
        return str(found)

    assert all(line in drop(name) for name in ("Delfzijl", "Vlissingen", "Harlingen"))
    assert line not in drop("Terneuzen")
    (row,) = home.lines("source", "furniture", "map")
    assert (row["line"], row["kept"]) == (line, False)
    assert home.run("source", "furniture", "map", "--keep", row["key"]).returncode == 0
    assert line in drop("Scheveningen")
    # A line in which a rule finds something is text, however often it comes.
    said = "Het embargo blijft voorlopig van kracht."
    assert all(said in drop(name, said) for name in ("Ede", "Goes", "Urk", "Lemmer"))

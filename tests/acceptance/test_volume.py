"""Rules that tell of numbers of articles, and of times without any: the real daemon."""

from __future__ import annotations

import json
import time
from typing import Any

from harness import Home, Loopback, block, rss, wait_until

SOURCES = ("anp", "nos", "rtl", "nu")
HEADLINES = {
    "anp": "Embargo op olie uit Delfzijl",
    "nos": "Schepen met graan vallen onder embargo",
    "rtl": "Duitse bank ontwijkt embargo van Brussel",
    "nu": "Embargo treft bloemenveiling in Naaldwijk",
}


def rule(**keys: Any) -> str:
    """One rule, for an embargo, with these keys."""
    return json.dumps(
        {"rules": [{"id": "embargo", "title": "Embargo", "match": "embargo", **keys}]}
    )


def item(source: str) -> bytes:
    """A feed with one article of its own."""
    return rss([source]).replace(
        f"Bericht {source} over een embargo".encode(), HEADLINES[source].encode()
    )


def listed(home: Home, count: int) -> list[dict[str, Any]]:
    """The alerts, oldest first, when there are so many."""
    wait_until(lambda: home.rows(f"SELECT 1 FROM alert LIMIT 1 OFFSET {count - 1}"), "alerts")
    return list(reversed(home.lines("alerts")))


def test_three_sources_are_one_message_and_a_fourth_is_silent(
    home: Home, loopback: Loopback
) -> None:
    home.rules(rule(when={"articles": 3, "within": "10m", "distinct": "source"}))
    pages = {name: rss([]) for name in SOURCES}
    feeds = [
        block(
            "source",
            name=name,
            type="feed",
            url=loopback.feed(name, lambda _, name=name: (200, {}, pages[name])),  # type: ignore[misc]
            every="1s",
        )
        for name in SOURCES
    ]
    home.standard(loopback, *feeds)
    home.start()
    for number, name in enumerate(SOURCES, start=1):
        pages[name] = item(name)
        listed(home, number)
    rows = listed(home, 4)
    assert [one["state"] for one in rows] == [*("suppressed",) * 2, "told", "suppressed"]
    assert [one["reason"] for one in rows] == [
        "1 of 3 sources within 10 min",
        "2 of 3 sources within 10 min",
        "3 sources within 10 min",
        "told before: still 4 sources within 10 min",
    ]
    wait_until(lambda: not home.undelivered(), "the message")
    (message,) = [json.loads(one.body) for one in loopback.hooked("piket")]
    assert message["title"] == "! Embargo: 3 bronnen in 10 minuten"
    text = message["message"].replace("»", "").replace("«", "")
    for name in SOURCES[:3]:
        assert HEADLINES[name] in text
        assert f"https://nieuws.example/{name}" in text
    assert "Ook geteld:" in text
    assert HEADLINES["nu"] not in text


def test_silence_is_told_once_and_again_after_an_article(home: Home, loopback: Loopback) -> None:
    home.rules(rule(silence="3s"))
    home.standard(loopback)
    home.start()
    (first,) = wait_until(lambda: loopback.hooked("piket"), "the first silence")
    assert "! Regel “Embargo” vond 3 seconden niets" in first.text
    assert "Er was nog geen treffer" in first.text
    # It goes on, and nobody hears of it again.
    until = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > until, "some more of it")
    assert len(loopback.hooked("piket")) == 1
    home.drop("1.txt", f"{HEADLINES['anp']}\n\nEr is een embargo afgekondigd.\n")
    _, second = wait_until(
        lambda: len(loopback.hooked("piket")) == 2 and loopback.hooked("piket"), "the second"
    )
    assert "Laatste treffer:" in second.text
    quiet, article, again = listed(home, 3)
    assert (quiet["source"], quiet["article"] != again["article"]) == ("news-watcher", True)
    assert (article["state"], article["reason"]) == (
        "suppressed",
        "told when: nothing found for 3 s",
    )
    # A notice is no article of anybody's.
    assert home.json("status")["articles"] == 1
    assert home.rows("SELECT COUNT(*) FROM rule_match") == [(1,)]
    assert home.rows("SELECT COUNT(*) FROM trace JOIN article ON id = article_id"
                     " WHERE kind = 'notice'") == [(0,)]  # fmt: skip


def test_a_daemon_that_starts_again_does_not_repeat_a_silence(
    home: Home, loopback: Loopback
) -> None:
    home.rules(rule(silence="2s"))
    home.standard(loopback)
    daemon = home.start()
    wait_until(lambda: loopback.hooked("piket"), "the silence")
    wait_until(lambda: not home.undelivered(), "its end")
    daemon.kill()
    assert home.run("run", "--once").returncode == 0
    home.start()
    until = time.monotonic() + 3
    wait_until(lambda: time.monotonic() > until, "another look")
    assert len(loopback.hooked("piket")) == 1

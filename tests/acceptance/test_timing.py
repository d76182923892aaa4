"""When people are told: waits, maxima, digests at their hour, quiet hours, silences."""

from __future__ import annotations

import json
import signal
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from harness import Home, Loopback, article, block, wait_until

ZONE = ZoneInfo("Europe/Amsterdam")
TOWNS = ("Delfzijl", "Vlissingen", "Harlingen", "Terneuzen", "Scheveningen", "Lemmer")


def rule(**alert: Any) -> str:
    """The one rule, with this alert block."""
    return json.dumps({"rules": [{"id": "embargo", "match": "embargo", "alert": alert}]})


def messages(loopback: Loopback, count: int, hook: str = "piket") -> list[dict[str, Any]]:
    wait_until(lambda: len(loopback.hooked(hook)) >= count, f"message {count}")
    return [json.loads(one.body) for one in loopback.hooked(hook)]


def listed(home: Home, count: int) -> list[dict[str, Any]]:
    """The alerts, oldest first, when there are so many."""
    wait_until(lambda: home.rows(f"SELECT 1 FROM alert LIMIT 1 OFFSET {count - 1}"), "alerts")
    return list(reversed(home.lines("alerts")))


def test_more_than_a_rules_max_is_told_in_a_digest(home: Home, loopback: Loopback) -> None:
    home.rules(rule(max="2/4s"))
    home.standard(loopback)
    home.start()
    for town in TOWNS[:5]:
        home.drop(f"{town}.txt", article(town))
    rows = listed(home, 5)
    assert [one["state"] for one in rows].count("suppressed") == 0
    *single, digest = messages(loopback, 3)
    assert len(single) == 2
    assert "3 meldingen boven het maximum" in digest["title"]
    told = "".join(one["title"] + one["message"] for one in (*single, digest))
    assert all(f"Bericht {town}" in told for town in TOWNS[:5])
    wait_until(
        lambda: {one["state"] for one in home.lines("alerts")} == {"told"}, "all of them are told"
    )
    assert home.rows("SELECT * FROM held") == []


def test_a_rule_that_waits_gathers_a_story_and_lets_others_be(
    home: Home, loopback: Loopback
) -> None:
    home.rules(rule(wait="3s", updates="any"))
    home.standard(loopback)
    home.start()
    text = (
        "De havenmeester van Delfzijl heeft woensdag een embargo afgekondigd voor schepen die "
        "graan vervoeren. Zeven kapiteins wachten aan de kade tot de inspectie hun papieren zag."
    )
    more = "Volgens de schippers kan dat lang duren."
    home.drop("1.txt", f"Embargo in Delfzijl\n\n{text}\n")
    home.drop("2.txt", f"Graanschepen liggen vast\n\n{text} {more}\n")
    home.drop("3.txt", article("Vlissingen"))
    (row, *_) = listed(home, 3)
    assert (row["state"], row["held"][0]["why"]) == ("waiting", "wait")
    found = messages(loopback, 2)
    titles = " ".join(one["title"] for one in found)
    assert "2 berichten die bij elkaar horen" in titles
    assert "Bericht Vlissingen" in titles


@pytest.mark.soak
def test_a_digest_comes_at_its_minute_with_all_that_was_kept(
    home: Home, loopback: Loopback
) -> None:
    now = datetime.now(ZONE)
    if now.second > 45:
        wait_until(lambda: datetime.now(ZONE).minute != now.minute, "the next minute", 20)
    due = (datetime.now(ZONE) + timedelta(minutes=1)).replace(second=0, microsecond=0)
    home.standard(
        loopback,
        block("channel", name="baas", url=loopback.hook("baas"), digest=[f"{due:%H:%M}"]),
        block("route", to=["piket", "baas"]),
    )
    text = (home.folder / "config.toml").read_text()
    both = text.replace('to = ["piket"]', 'to = ["piket", "baas"]', 1)
    (home.folder / "config.toml").write_text(both)
    daemon = home.start()
    for town in TOWNS[:2]:
        home.drop(f"{town}.txt", article(town))
    messages(loopback, 2)
    (row, *_) = listed(home, 2)
    assert row["held"][0]["channel"] == "baas"
    # Whoever stops and starts meanwhile keeps what was kept.
    daemon.stop()
    assert loopback.hooked("baas") == []
    home.start()
    wait_until(lambda: loopback.hooked("baas"), "the digest", 90)
    assert datetime.now(ZONE) >= due
    (digest,) = messages(loopback, 1, "baas")
    assert "2 meldingen in dit overzicht" in digest["title"]


def test_quiet_hours_hold_all_but_what_is_urgent(home: Home, loopback: Loopback) -> None:
    home.rules(
        """\
rules:
  - {id: embargo, match: embargo}
  - {id: brand, match: brand, severity: high}
  - {id: altijd, match: altijd, alert: {quiet: none}}
"""
    )
    home.standard(loopback)
    text = (home.folder / "config.toml").read_text()
    quiet = text.replace('name = "piket"', 'name = "piket"\nquiet = ["00:00-24:00"]')
    (home.folder / "config.toml").write_text(quiet)
    home.start()
    home.drop("1.txt", article("Delfzijl"))
    home.drop("2.txt", article("Vlissingen", "brand"))
    home.drop("3.txt", article("Harlingen", "altijd"))
    titles = " ".join(one["title"] for one in messages(loopback, 2))
    assert "Vlissingen" in titles
    assert "Harlingen" in titles
    (row,) = [one for one in listed(home, 3) if one["rule"] == "embargo"]
    assert (row["state"], row["held"][0]["why"]) == ("waiting", "quiet")
    assert home.json("status")["channels"][0]["held"] == 1
    assert "1 alerts are told later" in home.run("queue", "list").stdout


def test_a_rule_that_is_switched_off_tells_nothing_more_and_says_so(
    home: Home, loopback: Loopback
) -> None:
    home.rules(rule(wait="8s"))
    home.standard(loopback)
    daemon = home.start()
    home.drop("1.txt", article("Delfzijl"))
    listed(home, 1)
    home.rules("rules:\n  - {id: embargo, match: embargo, status: off}\n")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: home.rows("SELECT * FROM held") == [], "the end of the wait")
    (row,) = listed(home, 1)
    assert (row["state"], row["reason"]) == (
        "suppressed",
        "its rule was switched off before it was told",
    )
    assert loopback.hooked("piket") == []


def test_a_channels_limit_keeps_the_rest_for_later(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    text = (home.folder / "config.toml").read_text()
    limited = text.replace('name = "piket"', 'name = "piket"\nlimit = "1/3s"')
    (home.folder / "config.toml").write_text(limited)
    home.rules(rule())
    home.start()
    for town in TOWNS[:4]:
        home.drop(f"{town}.txt", article(town))
    first, second = messages(loopback, 2)
    assert "Bericht" in first["title"]
    assert "3 meldingen die even moesten wachten" in second["title"]

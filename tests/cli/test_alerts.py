"""`watcher alerts`: one in full, again, useful or not, and where a rule's alerts would go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]

GRAIN = "Embargo op graan\n\nHet kabinet kondigt een embargo op graan af, zei de minister.\n"


def test_an_alert_is_shown_with_its_words_and_attempts(command: Run, told: Tell) -> None:
    (row,) = told(graan=GRAIN)
    shown = command("alerts", "show", row["id"][:6], "--json").rows[0]
    assert shown["id"] == row["id"]
    assert [one["outcome"] for one in shown["attempts"]] == ["done"]
    assert "»embargo« op graan" in shown["messages"][0]["text"]
    assert "piket (piket.jsonl), attempt 1: done" in command("alerts", "show", row["id"]).out
    missing = command("alerts", "show", "ffff")
    assert (missing.status, missing.err) == (
        1,
        "watcher: there is no alert ffff: `watcher alerts` lists them\n",
    )


def test_an_alert_is_sent_again_and_says_that_it_may_be_a_repeat(
    project: Path, command: Run, told: Tell
) -> None:
    (row,) = told(graan=GRAIN)
    assert command("alerts", "resend", row["id"]).status == 0
    told()
    first, again = [json.loads(line) for line in (project / "piket.jsonl").read_text().splitlines()]
    assert again["text"].startswith("Mogelijk een herhaling")
    assert again["text"].endswith(first["text"])


def test_what_nobody_was_to_get_is_not_sent_again(command: Run, told: Tell) -> None:
    (row,) = told(stil="Stilte\n\nEr heerst stilte in de haven van Delfzijl vandaag.\n")
    result = command("alerts", "resend", row["id"])
    assert result.status == 1
    assert "no route" in result.err


def test_readers_say_what_an_alert_was_worth(command: Run, told: Tell) -> None:
    (row,) = told(graan=GRAIN)
    command("alerts", "useful", row["id"])
    said = command("alerts", "useless", row["id"], "--note", "oud nieuws")
    assert "of the alerts of embargo 0 were useful and 1 useless" in said.out
    (shown,) = command("alerts", "show", row["id"], "--json").rows
    assert (shown["feedback"]["useful"], shown["feedback"]["note"]) == (False, "oud nieuws")


ROUTES = """
[[channel]]
name = "baas"
type = "file"
path = "baas.jsonl"
min_severity = "critical"

[[route]]
to = ["baas"]
tags = ["handel"]

[[route]]
to = ["baas"]
source = ["nos-*"]
"""


@pytest.mark.parametrize(
    ("arguments", "fits", "told_channels"),
    [
        (["embargo"], [True, False, False], {"piket": True}),
        (["brand"], [True], {"scherm": True}),
        (["stil"], [False, False, True], {"baas": False}),
        (["stil", "--source", "anp"], [False, False, False], {}),
        (["stil", "--source", "nos-1"], [False, False, True], {"baas": False}),
    ],
)
def test_routes_are_explained_before_anything_is_sent(
    project: Path,
    command: Run,
    arguments: list[str],
    fits: list[bool],
    told_channels: dict[str, bool],
) -> None:
    with (project / "config.toml").open("a", encoding="utf-8") as config:
        config.write(ROUTES)
    (shown,) = command("alerts", "route", *arguments, "--json").rows
    assert [one["fits"] for one in shown["steps"]] == fits
    assert {one["channel"]: one["told"] for one in shown["to"]} == told_channels
    text = command("alerts", "route", *arguments).out
    assert ("nobody would be told" in text) is not any(told_channels.values())


def test_a_rule_that_is_not_there_is_guessed(command: Run) -> None:
    result = command("alerts", "route", "embargos")
    assert result.status == 1
    assert 'did you mean "embargo"?' in result.err

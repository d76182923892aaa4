"""`watcher channel`: who is there, and whether they can be reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]


def test_channels_are_listed_with_what_they_take(command: Run, told: Tell) -> None:
    told(graan="Embargo op graan\n\nHet kabinet kondigt een embargo op graan af.\n")
    rows = command("channel", "list", "--json").rows
    assert [(one["name"], one["type"], one["state"]) for one in rows] == [
        ("piket", "file", "ok"),
        ("scherm", "console", "ok"),
    ]
    assert rows[0]["last_success"]
    assert "piket" in command("channel", "list").out


def test_a_test_sends_a_real_message_and_says_what_came_of_it(project: Path, command: Run) -> None:
    (row,) = command("channel", "test", "piket", "--json").rows
    assert (row["recipient"], row["result"], row["error"]) == ("piket.jsonl", "done", None)
    (line,) = (project / "piket.jsonl").read_text().splitlines()
    assert "proefbericht" in json.loads(line)["title"]
    assert "»staakt-het-vuren«" in json.loads(line)["text"]


def test_a_channel_that_cannot_be_reached_is_69_with_the_reason(
    project: Path, command: Run
) -> None:
    (project / "piket.jsonl").mkdir()
    result = command("channel", "test", "piket")
    assert result.status == 69
    assert "temporary: Is a directory" in result.out


def test_the_message_of_an_alert_can_be_the_test(project: Path, command: Run, told: Tell) -> None:
    (row,) = told(graan="Embargo op graan\n\nHet kabinet kondigt een embargo op graan af.\n")
    assert command("channel", "test", "piket", "--alert", row["id"]).status == 0
    first, again = map(json.loads, (project / "piket.jsonl").read_text().splitlines())
    assert first["text"] == again["text"]


def test_a_channel_that_is_not_there_is_guessed(command: Run) -> None:
    result = command("channel", "test", "pikt")
    assert (result.status, 'did you mean "piket"?' in result.err) == (1, True)

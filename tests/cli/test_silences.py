"""`watcher silence`: nobody is told for a while, and everybody can see why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]

TEXT = "Embargo op {0}\n\nHet kabinet kondigt een embargo op {0} af, zei de minister in {1}.\n"


def test_a_silence_holds_until_it_is_ended(command: Run, told: Tell) -> None:
    told(graan=TEXT.format("graan", "Delfzijl"))
    silenced = command("silence", "add", "--rule", "embargo", "--for", "4h", "--why", "proefdraai")
    assert silenced.status == 0
    (row,) = command("silence", "list", "--json").rows
    assert (row["rule"], row["why"], row["state"]) == ("embargo", "proefdraai", "active")
    (status,) = command("status", "--json").rows
    assert [one["id"] for one in status["silences"]] == [row["id"]]
    newest = told(hout=TEXT.format("hout", "Terneuzen"))[0]
    assert newest["state"] == "suppressed"
    assert newest["reason"].startswith("silenced until ")
    assert newest["reason"].endswith(": proefdraai")
    assert command("silence", "end", "").status == 1
    assert command("silence", "end", row["id"]).status == 0
    assert command("silence", "list").out == "nothing is silenced\n"
    assert told(vis=TEXT.format("vis", "Harlingen"))[0]["state"] == "told"


def test_a_silence_of_a_story_lets_other_stories_through(command: Run, told: Tell) -> None:
    (first,) = told(graan=TEXT.format("graan", "Delfzijl"))
    story = ["--story", first["story"], "--by", "eva"]
    assert command("silence", "add", *story, "--for", "1h", "--why", "genoeg").status == 0
    more = "Rechter Postma uit Groningen heft het embargo voor 12 schepen op."
    rows = told(
        nog=f"{TEXT.format('graan', 'Delfzijl')}\n{more}\n", hout=TEXT.format("hout", "Terneuzen")
    )
    assert {one["title"]: one["state"] for one in rows[:-1]} == {
        "Embargo op graan": "suppressed",
        "Embargo op hout": "told",
    }
    (silenced,) = [one["reason"] for one in rows if one["state"] == "suppressed"]
    assert silenced.endswith(" by eva: genoeg")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        ([], 2, "--for"),
        (["--for", "4h", "--why", "x"], 2, "--rule"),
        (["--for", "4h", "--why", "x", "--rule", "a", "--tag", "b"], 2, "name one"),
        (["--for", "soon", "--why", "x", "--tag", "b"], 2, "duration"),
        (["--for", "4h", "--why", "x", "--rule", "embarg"], 1, 'did you mean "embargo"'),
    ],
)
def test_a_silence_that_is_not_clear_is_refused(
    command: Run, told: Tell, arguments: list[str], status: int, word: str
) -> None:
    told()
    result = command("silence", "add", *arguments)
    assert result.status == status
    assert word in result.err

"""`watcher queue`: what cannot be delivered is tried again, taken over or given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]

GRAIN = "Embargo op graan\n\nHet kabinet kondigt een embargo op graan af, zei de minister.\n"


@pytest.fixture
def stuck(project: Path, told: Tell) -> None:
    """An alert for a file that cannot be written: its folder is not there."""
    text = (project / "config.toml").read_text(encoding="utf-8")
    text = text.replace('path = "piket.jsonl"', 'path = "weg/piket.jsonl"')
    (project / "config.toml").write_text(text, encoding="utf-8")
    told(graan=GRAIN)


@pytest.mark.usefixtures("stuck")
def test_what_waits_is_tried_at_once_when_asked(project: Path, command: Run, told: Tell) -> None:
    (row,) = command("queue", "list", "--json").rows
    assert (row["state"], row["attempts"]) == ("later", 1)
    (project / "weg").mkdir()
    assert command("queue", "retry", row["id"][:5]).out == "1 deliveries are tried again now\n"
    assert [one["state"] for one in told()] == ["told"]
    assert command("queue", "list").out == "nothing waits\n"


@pytest.mark.usefixtures("stuck")
def test_what_is_dropped_is_no_trouble_any_more_and_stays_on_record(
    project: Path, command: Run, told: Tell
) -> None:
    assert command("queue", "drop", "--channel", "piket", "--why", "kanaal weg").status == 0
    assert command("queue", "list").out == "nothing waits\n"
    (status,) = command("status", "--json").rows
    assert status["healthy"]
    (project / "weg").mkdir()
    (row,) = told()
    (delivery,) = row["deliveries"]
    assert (delivery["state"], delivery["last_error"]) == ("dead", "dropped by hand: kanaal weg")
    assert not (project / "weg" / "piket.jsonl").exists()


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize("name", ["retry", "drop"])
def test_it_must_be_said_which(command: Run, name: str) -> None:
    assert command("queue", name).status == 2
    missing = command("queue", name, "ffff")
    assert (missing.status, "ffff" in missing.err) == (1, True)
    assert command("queue", name, "--dead").out.startswith("0 deliveries")

"""`watcher init`: what it makes works as it is, and nothing of somebody else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watcher.cli import main

Run = Callable[..., Any]


def test_the_folder_works_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["init", str(tmp_path / "wacht")]) == 0
    monkeypatch.chdir(tmp_path / "wacht")
    assert main.run(["check", "--strict"]) == 0
    assert main.run(["test"]) == 0
    assert "4 passed, 0 failed" in capsys.readouterr().out
    text = "Staakt-het-vuren\n\nTurkije stelt een staakt-het-vuren in Oekraïne voor.\n"
    Path("drop/een.txt").write_text(text, encoding="utf-8")
    assert main.run(["run", "--once"]) == 0
    assert "»staakt-het-vuren«" in capsys.readouterr().out
    schema = json.loads(Path("rules/rules.schema.json").read_text())
    assert "rules" in schema["properties"]


def test_what_is_there_stays(project: Path, command: Run) -> None:
    before = (project / "config.toml").read_text()
    shown = command("init")
    assert shown.status == 0
    assert "config.toml is there already" in shown.out
    assert (project / "config.toml").read_text() == before
    assert (project / ".vscode" / "settings.json").exists()

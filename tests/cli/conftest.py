"""Runs the command as a person does, in a folder with a small project in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from watcher.cli import main

CONFIG = """
[[source]]
name = "wire"
type = "folder"
path = "drop"
settle = "50ms"

[[channel]]
name = "piket"
type = "file"
path = "piket.jsonl"

[[channel]]
name = "scherm"
type = "console"

[[route]]
to = ["piket"]
severity = ["high"]
"""
RULES = """
rules:
  - id: embargo
    severity: high
    match: embargo
    tests: [{match: Een embargo.}]
  - id: brand
    match: brand
    alert: {to: [scherm]}
    tests: [{match: Een brand.}]
  - id: stil
    match: stilte
    tests: [{match: stilte}]
"""


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """stdout as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a configuration, three rules and an empty drop folder."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "drop").mkdir()
    return tmp_path


@pytest.fixture
def watcher(project: Path, command: Callable[..., Result]) -> Callable[..., Result]:
    """Run `watcher …` in the project's folder; in a process of its own where it reads stdin, or
    works in another folder."""

    def run(*arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> Result:
        if not stdin and cwd is None:
            return command(*arguments)
        done = subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            cwd=cwd or project,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run `watcher …` within this process: an interpreter takes most of a short command's time."""
    monkeypatch.chdir(project)

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        status = main.run(list(arguments))
        shown = capsys.readouterr()
        return Result(status, shown.out, shown.err)

    return run


@pytest.fixture
def told(project: Path, command: Callable[..., Result]) -> Callable[..., list[dict[str, Any]]]:
    """Drop texts, do a round, and list the alerts, newest first."""

    def tell(**texts: str) -> list[dict[str, Any]]:
        for name, text in texts.items():
            (project / "drop" / f"{name}.txt").write_text(text, encoding="utf-8")
        assert command("run", "--once").status == 0
        return command("alerts", "--json").rows

    return tell

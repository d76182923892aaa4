"""A newcomer makes a first rule with the commands of docs/regels.md, and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@dataclass(frozen=True)
class Lesson:
    """The first lesson of the manual: what it says to save, and the commands that it gives."""

    page: str
    command: Run

    @property
    def saved(self) -> list[tuple[str, str]]:
        """(file, text), in the order of the page."""
        block = r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$"
        return re.findall(block, self.page, re.MULTILINE | re.DOTALL)

    def run(self, line: str, *, and_: tuple[str, ...] = (), **ids: str) -> Any:
        """Run a command that stands in the lesson, and options that do not."""
        assert re.search(rf"^(\$ )?watcher {re.escape(line)}$", self.page, re.MULTILINE), line
        return self.command(*(ids.get(word, word) for word in shlex.split(line)), *and_)


@pytest.fixture
def lesson(root: Path, command: Run) -> Lesson:
    text = (root / "docs" / "regels.md").read_text(encoding="utf-8")
    return Lesson(text.split("\n## ")[1], command)


def test_a_newcomer_goes_from_nothing_to_a_rule_that_finds_what_it_missed(
    project: Path, monkeypatch: pytest.MonkeyPatch, lesson: Lesson
) -> None:
    (name, first), *texts, (same, better) = lesson.saved
    assert name == same

    assert lesson.run("init wacht").status == 0
    monkeypatch.chdir(project / "wacht")
    rule = Path(name)
    assert rule.exists(), "the page says: open it"
    make_it(lesson, rule, first)
    try_it(lesson, texts)
    tell_of_it(lesson, texts)
    mend_it(lesson, rule, better)


def make_it(lesson: Lesson, rule: Path, text: str) -> None:
    rule.write_text(text, encoding="utf-8")
    assert lesson.run("check --lang nl", and_=("--strict",)).status == 0
    assert "3 passed, 0 failed" in lesson.run("test").out


def try_it(lesson: Lesson, texts: list[tuple[str, str]]) -> None:
    for name, text in texts:
        Path(name).write_text(text, encoding="utf-8")
    (found,) = lesson.run("try een.txt", and_=("--json",)).rows
    assert [one["rule"] for one in found["matches"]] == ["veerboot-staking"]
    (lost,) = lesson.run("try twee.txt", and_=("--json",)).rows
    assert lost["matches"] == []
    (why,) = lesson.run("explain twee.txt --lang nl", and_=("--json",)).rows
    assert [one["rule"] for one in why["nearest"]] == ["veerboot-staking"]


def tell_of_it(lesson: Lesson, texts: list[tuple[str, str]]) -> None:
    for name, _ in texts:
        shutil.copy(name, "drop")
    assert "»veerdienst«" in lesson.run("run --once").out
    (alert,) = lesson.run("alerts", and_=("--json",)).rows
    assert (alert["rule"], alert["state"]) == ("veerboot-staking", "told")
    life = lesson.run("explain ID --lang nl", ID=alert["id"][:6])
    assert (life.status, "scherm" in life.out) == (0, True)


def mend_it(lesson: Lesson, rule: Path, text: str) -> None:
    missed = lesson.run('missed "Veerboten blijven aan de kade" --lang nl')
    (article,) = re.findall(r"gevonden als ([0-9a-f]{16})", missed.out)
    rule.write_text(text, encoding="utf-8")
    added = lesson.run("rules test add veerboot-staking --from ARTIKEL", ARTIKEL=article)
    assert added.status == 0
    assert "4 passed, 0 failed" in lesson.run("test").out
    (shown,) = lesson.run("backtest", and_=("--json",)).rows
    assert [one["title"] for one in shown["more"]] == ["Veerboten blijven aan de kade"]
    assert shown["fewer"] == []

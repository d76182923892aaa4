"""`watcher backtest` over a small archive, against the past, a folder and a git revision."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]

WIDER = """
rules:
  - {id: embargo, severity: high, match: [embargo, sancties]}
  - {id: concept, status: draft, match: haven}
"""


@pytest.fixture
def archive(project: Path, told: Tell) -> Path:
    """Three articles, seen by the project's rules; then other rules are saved."""
    told(
        graan="Embargo op graan\n\nHet kabinet kondigt een embargo op graan af, zei de minister.\n",
        olie="Sancties tegen reders\n\nDe EU stelt sancties in tegen reders uit Terneuzen.\n",
        haven="Haven dicht\n\nDe haven van Harlingen is dicht; brand in een loods.\n",
    )
    (project / "rules" / "rules.yaml").write_text(WIDER, encoding="utf-8")
    return project


def counts(shown: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {one["rule"]: (one["alerts"], one["more"], one["fewer"]) for one in shown["rules"]}


@pytest.mark.usefixtures("archive")
def test_rules_on_disk_are_compared_with_what_was_found(command: Run) -> None:
    (shown,) = command("backtest", "--json").rows
    assert shown["articles"] == 3
    assert counts(shown) == {"embargo": (2, 1, 0)}
    assert [one["title"] for one in shown["more"]] == ["Sancties tegen reders"]
    assert "»sancties«" in shown["more"][0]["shown"].lower()
    assert shown["busiest"]["alerts"] == 2
    text = command("backtest").out
    assert "2 alerts, were      1  +1 −0      embargo" in text
    assert command("backtest").out == text


@pytest.mark.usefixtures("archive")
def test_a_draft_is_tried_when_it_is_named(command: Run) -> None:
    (shown,) = command("backtest", "concept", "--json").rows
    assert counts(shown) == {"concept": (1, 1, 0)}
    missing = command("backtest", "concpt")
    assert (missing.status, "concpt" in missing.err) == (1, True)


def test_a_folder_or_a_revision_may_be_the_other_side(archive: Path, command: Run) -> None:
    rules = archive / "rules"
    other = archive / "vroeger"
    other.mkdir()
    (other / "r.yaml").write_text("rules:\n  - {id: embargo, match: graan}\n", encoding="utf-8")
    (shown,) = command("backtest", "--against", str(other), "--json").rows
    assert counts(shown) == {"embargo": (2, 1, 0)}

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *who, "-C", str(rules), *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "een")
    (rules / "rules.yaml").write_text("rules:\n  - {id: embargo, match: graan}\n", encoding="utf-8")
    (shown,) = command("backtest", "--against", "git:HEAD", "--json").rows
    assert counts(shown)["embargo"] == (1, 0, 1)
    nothing = command("backtest", "--against", "git:nergens")
    assert (nothing.status, "git:nergens" in nothing.err) == (1, True)


def test_rules_can_be_tried_before_they_are_saved(archive: Path, command: Run) -> None:
    trial = archive / "proef.yaml"
    trial.write_text("rules:\n  - {id: embargo, match: haven}\n", encoding="utf-8")
    (shown,) = command("backtest", "--rules", str(trial), "--json").rows
    assert counts(shown) == {"embargo": (1, 1, 1)}


def test_a_chart_is_drawn(archive: Path, command: Run) -> None:
    assert command("backtest", "--plot", "dagen.svg").status == 0
    root = ET.fromstring((archive / "dagen.svg").read_text())
    bars = [one for one in root if one.tag.endswith("rect") and one.find("{*}title") is not None]
    assert len(bars) == 2

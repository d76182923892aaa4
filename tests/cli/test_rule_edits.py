"""`watcher rules import`, `test add` and `stats`, over a small archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Tell = Callable[..., list[dict[str, Any]]]

GRAIN = (
    "Reders woedend\n\nHet regent in Delfzijl. Het kabinet kondigt een embargo op graan af. "
    "De reders zijn woedend.\n"
)


def test_a_query_is_printed_as_a_rule(project: Path, command: Run) -> None:
    shown = command("rules", "import", "--query", "embargo w/3 graan", "--id", "graan")
    assert shown.status == 0
    (project / "rules" / "nieuw.yaml").write_text(shown.out, encoding="utf-8")
    assert "graan" in [one["rule"] for one in command("rules", "list", "--json").rows]
    broken = command("rules", "import", "--query", "(embargo OR graan")
    assert (broken.status, "^" in broken.err) == (1, True)


def test_an_article_becomes_a_test_by_its_sentence(project: Path, command: Run, told: Tell) -> None:
    (row,) = told(graan=GRAIN)
    added = command("rules", "test", "add", "embargo", "--from", row["article"])
    assert added.status == 0
    text = (project / "rules" / "rules.yaml").read_text()
    assert 'match: "Het kabinet kondigt een embargo op graan af."' in text
    assert "Het regent" not in text
    assert "3 passed, 0 failed" not in command("test").out
    assert "4 passed, 0 failed" in command("test").out


def test_a_false_alarm_becomes_a_test_that_fails_until_the_rule_is_mended(
    command: Run, told: Tell
) -> None:
    (row,) = told(graan=GRAIN)
    added = command("rules", "test", "add", "embargo", "--from", row["article"], "--no-match")
    assert (added.status, "fails now" in added.err) == (1, True)
    assert command("test").status == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["embargos", "--from", "abc"], "embargos"), (["embargo", "--from", "zzz"], "zzz")],
)
def test_what_is_not_there_is_named(
    command: Run, told: Tell, arguments: list[str], word: str
) -> None:
    told()
    result = command("rules", "test", "add", *arguments)
    assert (result.status, word in result.err) == (1, True)


def test_rules_are_counted_and_judged(command: Run, told: Tell) -> None:
    (row,) = told(graan=GRAIN)
    command("alerts", "useful", row["id"])
    rows = {one["rule"]: one for one in command("rules", "stats", "--json").rows}
    assert (rows["embargo"]["matches"], rows["embargo"]["useful_share"]) == (1, 1.0)
    assert rows["brand"]["matches"] == 0
    assert "embargo: 1 matches in 1 stories in 28 days" in command("rules", "stats").out


def test_suggestions_come_from_the_archive_and_from_readers(command: Run, told: Tell) -> None:
    told(
        een="Embargohandel bloeit\n\nDe embargowaakhond zag de sanktie in Delfzijl aankomen.\n",
        twee="Weer nieuws\n\nDe embargowaakhond in Terneuzen noemt een sanktie onwenselijk.\n",
    )
    told(drie="Persbericht\n\nDit stuk staat onder embargo van de gemeente Goes.\n")
    rows = told(vier="Jaarcijfers\n\nWat Terneuzen Chemie meldt is onder embargo tot dinsdag.\n")
    for row in rows[:2]:
        command("alerts", "useless", row["id"])
    rows = command("rules", "suggest", "--json").rows
    excepts = [one["text"] for one in rows if one["kind"] == "except"]
    assert "onder embargo" in excepts
    assert "except: [onder embargo]" in command("rules", "suggest").out

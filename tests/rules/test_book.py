"""A broken rule file never replaces its last good version."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from watcher.project import read_test_document
from watcher.rules.book import Loaded, RuleBook

GOOD = "rules:\n  - {id: %s, match: %s, tests: [{match: %s}]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rules"
    path.mkdir()
    (path / "a.yaml").write_text(GOOD % ("a", "embargo", "embargo"))
    (path / "b.yaml").write_text(GOOD % ("b", "bestand", "bestand"))
    return path


@pytest.fixture
def book(folder: Path) -> Callable[[], RuleBook]:
    read = partial(read_test_document, roots=(folder,))
    return lambda: RuleBook(folder, keep=folder.parent / "kept", channels=["piket"], read=read)


def ids(loaded: Loaded) -> list[str]:
    return [rule.info.id for rule in loaded.rules]


@pytest.mark.parametrize(
    "broken",
    [
        "rules: [",
        "rules:\n  - {id: b, match: $nergens}\n",
        "rules:\n  - {id: b, match: x, alert: {to: [nergens]}}\n",
        "rules:\n  - {id: b, match: bestand, tests: [{match: niets}]}\n",
        "rules:\n  - {id: a, match: bestand}\n",
        "rules:\n  - {id: b, match: {near: [a]}}\n",
    ],
)
def test_the_last_good_version_stays_in_force(
    folder: Path, book: Callable[[], RuleBook], broken: str
) -> None:
    kept = book()
    assert ids(kept.load()) == ["a", "b"]
    (folder / "b.yaml").write_text(broken)
    for one in (kept, book()):  # the same process, and one started anew
        loaded = one.load()
        assert ids(loaded) == ["a", "b"]
        assert loaded.stale == ("b.yaml",)
        assert any(problem.level == "error" for problem in loaded.problems)


def test_a_mended_file_is_in_force_again(folder: Path, book: Callable[[], RuleBook]) -> None:
    kept = book()
    kept.load()
    (folder / "b.yaml").write_text("rules: [")
    kept.load()
    (folder / "b.yaml").write_text(GOOD % ("c", "bestand", "bestand"))
    loaded = kept.load()
    assert (ids(loaded), loaded.stale) == (["a", "c"], ())


def test_without_an_earlier_version_the_others_go_on(
    folder: Path, book: Callable[[], RuleBook]
) -> None:
    (folder / "b.yaml").write_text("rules: [")
    loaded = book().load()
    assert (ids(loaded), loaded.missing) == (["a"], ("b.yaml",))


def test_a_file_that_leans_on_a_broken_one_keeps_its_own_last_good_version(
    folder: Path, book: Callable[[], RuleBook]
) -> None:
    (folder / "a.yaml").write_text("define: {x: [embargo]}\n")
    (folder / "b.yaml").write_text("rules:\n  - {id: b, match: $x, tests: [{match: embargo}]}\n")
    kept = book()
    assert ids(kept.load()) == ["b"]
    (folder / "a.yaml").write_text("define: {x: [}\n")
    assert ids(kept.load()) == ["b"]


def test_a_deleted_file_stops_its_rules_at_once(folder: Path, book: Callable[[], RuleBook]) -> None:
    kept = book()
    kept.load()
    (folder / "b.yaml").unlink()
    assert ids(kept.load()) == ["a"]
    assert ids(book().load()) == ["a"]


def test_draft_and_off_rules_do_not_run(folder: Path, book: Callable[[], RuleBook]) -> None:
    (folder / "b.yaml").write_text(
        "rules:\n"
        + "".join(
            f"  - {{id: r-{status}, match: x, status: {status}, tests: [{{match: x}}]}}\n"
            for status in ("draft", "shadow", "active", "off")
        )
    )
    loaded = book().load()
    assert [rule.info.id for rule in loaded.compile().rules] == ["a", "r-shadow", "r-active"]


def test_a_file_that_is_not_utf8_is_a_problem_and_not_a_crash(
    folder: Path, book: Callable[[], RuleBook]
) -> None:
    (folder / "c.yaml").write_bytes(b"\xff\xfe\x00")
    loaded = book().load()
    assert ids(loaded) == ["a", "b"]
    assert "UTF-8" in loaded.problems[0].message

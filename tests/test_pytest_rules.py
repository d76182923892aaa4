"""`pytest rules/` runs the tests inside rule files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RULES = """\
rules:
  - id: goed
    match: $bestand
    tests: [{match: Een wapenstilstand.}, {no_match: Brood.}]
  - id: fout
    match: brand
    tests: [{no_match: Er is brand.}]
  - id: later
    match: brand
    tests: [{no_match: Er is brand., todo: nog niet}]
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_test_of_a_rule_is_a_test(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "een.yaml").write_text(RULES)
    (rules / "woorden.yaml").write_text("define:\n  bestand: [wapenstilstand]\nrules: []\n")
    (tmp_path / "docker-compose.yaml").write_text("services: {}\n")
    done = run(tmp_path, "rules/")
    assert "2 passed" in done.stdout
    assert "1 failed" in done.stdout
    assert "1 xfailed" in done.stdout
    assert "got      a match: Er is »brand«." in done.stdout
    assert done.returncode == 1
    assert run(tmp_path, "docker-compose.yaml").returncode != 1


def test_a_mistake_in_a_rule_file_fails(tmp_path: Path) -> None:
    (tmp_path / "kapot.yaml").write_text("rules:\n  - {id: x, mach: y}\n")
    done = run(tmp_path, ".")
    assert done.returncode == 1
    assert 'unknown key "mach"' in done.stdout

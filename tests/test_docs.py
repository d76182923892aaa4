"""The documentation is true: commands exist, blocks work, output is what is printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from watcher.cli.main import cli
from watcher.rules.check import run_tests
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.problems import SENTENCES

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [
        text for kind, text in BLOCK.findall(path.read_text(encoding="utf-8")) if kind == language
    ]


def normal(text: str) -> str:
    """Output without what differs between two runs: ids and times."""
    text = re.sub(r"\b[0-9a-f]{16}\b", "ID", text)
    text = re.sub(r"[a-z]+dag \d+ \w+ \d{4}, (rond )?\d+\.\d\d uur", "DAG", text)
    return re.sub(r"(gezien|ontvangen) (DAG|\d+\.\d\d uur)", r"\1 TIJD", text)


def test_every_command_stands_in_the_documentation(root: Path) -> None:
    text = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    context = cli.make_context("watcher", ["status"], resilient_parsing=True)
    for name in cli.list_commands(context):
        assert f"\n## watcher {name}\n" in text
        command = cli.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            long = [one for one in parameter.opts if one.startswith("--")]
            known = {"--help", "--json", *re.findall(r"--[a-z-]+", text)}
            assert not long or set(long) & known, f"{name} {long}"


def test_the_readme_shows_real_output(root: Path, tmp_path: Path) -> None:
    config = (root / "config.example.toml").read_text(encoding="utf-8")
    for old in ("rules/", "samples/"):
        config = config.replace(f'= "{old}"', f'= "{root / old}"')
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "run", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (shown,) = blocks(root / "README.md", "text")
    assert normal(shown) in normal(done.stdout)
    assert done.stdout.count("-" * 78) == 5, "the README says five alerts"


@pytest.mark.parametrize("name", ["README.md", "docs/rules.md"])
def test_every_rule_in_the_documentation_works(root: Path, name: str) -> None:
    found = blocks(root / name, "yaml")
    assert found
    for text in found:
        file = parse_rules(text, name)
        rules, problems = link([file])
        assert [*file.problems, *problems] == []
        # Documents of `file:` tests are the reader's own.
        results = [one for one in run_tests(rules, lambda *_: None) if "no such" not in one.actual]
        assert results
        assert [one for one in results if one.result == "failed"] == []


def test_the_error_in_the_documentation_is_what_is_printed(root: Path) -> None:
    (shown,) = blocks(root / "docs" / "rules.md", "text")
    assert f"[E201] {SENTENCES['E201'][1].format(key='macth', where='')}" in shown


def test_the_explanation_in_the_documentation_is_what_is_printed(root: Path) -> None:
    (shown,) = blocks(root / "docs" / "rules.md", "console")
    command, output = shown.split("\n", 1)
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "-c", "config.example.toml", *command.split()[2:]],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == output


def test_links_between_documents_lead_somewhere(root: Path) -> None:
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_that_documents_name_exist(root: Path) -> None:
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"`((?:watcher|tests|benchmarks|deploy|samples)/[\w/.-]+)`", text):
            assert (root / target).exists(), f"{path.name}: {target}"

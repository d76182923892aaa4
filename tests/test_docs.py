"""The documentation is true: commands exist, blocks work, output is what is printed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from watcher.cli import main
from watcher.cli.main import cli
from watcher.rules.check import run_tests
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.problems import SENTENCES

#: A block; "`name`:" on a line before it means: save it under this name.
BLOCK = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MANUALS = ["docs/rules.md", "docs/regels.md"]


def blocks(path: Path, language: str) -> list[str]:
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [text for _, kind, text in found if kind == language]


def normal(text: str) -> str:
    """Output without what differs between two runs: ids and times."""
    text = re.sub(r"\b[0-9a-f]{16}\b", "ID", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?\b", "TIJD", text)
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


@pytest.mark.parametrize("name", ["README.md", *MANUALS])
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


def commands(text: str, kind: str) -> Iterator[tuple[list[str], str]]:
    """The commands of a sh or console block, each with the output that is shown under it."""
    if kind == "sh":
        for line in text.splitlines():
            if words := shlex.split(line, comments=True):
                yield words, ""
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, output = part.split("\n", 1)
        yield shlex.split(command, comments=True), output


def is_known(words: list[str]) -> None:
    """Raise if `watcher …` names a command or an option that there is not."""
    command: click.Command = cli
    context = cli.make_context("watcher", [], resilient_parsing=True)
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        below = command.get_command(context, rest[0])
        if below is None and command is not cli and command.invoke_without_command:
            break
        assert below is not None, f"no such command: {words}"
        command, rest = below, rest[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    used = {word for word in rest if word.startswith("-") and word != "-"}
    assert used <= options, f"no such option: {words}"


class Reader:
    """Somebody who does what a page says, in a folder of their own."""

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.root, self.monkeypatch, self.capsys = root, monkeypatch, capsys
        self.article = ""

    def do(self, words: list[str]) -> tuple[str, str]:
        """One command; what it printed, and what with its messages."""
        if words[0] == "cp":
            for name in words[1:-1]:
                shutil.copy(name, words[-1])
            return "", ""
        if words[0] == "cd":
            self.monkeypatch.chdir(words[1])
            return "", ""
        assert words[0] == "watcher", words
        is_known(words)
        if words == ["watcher", "run"]:
            return "", ""  # it would go on and on; what it does is tested elsewhere
        if any("samples/" in word for word in words):
            with pytest.MonkeyPatch.context() as elsewhere:
                elsewhere.chdir(self.root)
                return self.watcher(*words[1:], "-c", "config.example.toml")
        filled = {"ID": self.newest, "ARTIKEL": lambda: self.article}
        printed = self.watcher(*(filled[one]() if one in filled else one for one in words[1:]))
        if words[1] == "init":
            path = Path(words[2]) / "config.toml"
            # Two seconds for each round are the page's, not ours.
            quick = path.read_text(encoding="utf-8").replace('"drop"', '"drop"\nsettle = "50ms"')
            path.write_text(quick, encoding="utf-8")
        if match := re.search(r"gevonden als ([0-9a-f]+)", printed[0]):
            self.article = match[1]
        return printed

    def watcher(self, *words: str) -> tuple[str, str]:
        """What `watcher …` prints; it may tell of findings (1), but must have been called well."""
        self.capsys.readouterr()
        status = main.run(list(words))
        out, err = self.capsys.readouterr()
        assert status in {0, 1}, f"{words}: {status}\n{out}{err}"
        return out, out + err

    def newest(self) -> str:
        """The id of the newest alert."""
        first = self.watcher("alerts", "--json")[0].splitlines()[0]
        return str(json.loads(first)["id"])


@pytest.mark.parametrize("name", MANUALS)
def test_a_reader_can_do_what_the_manual_says_and_sees_what_it_shows(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader(root, monkeypatch, capsys)
    for file, kind, text in BLOCK.findall((root / name).read_text(encoding="utf-8")):
        if file:
            Path(file).write_text(text, encoding="utf-8")
        if kind not in {"sh", "console"}:
            continue
        for words, shown in commands(text, kind):
            printed = reader.do(words)
            if kind == "console":
                assert normal(shown) in [normal(one) for one in printed], shlex.join(words)


@pytest.mark.parametrize("name", MANUALS)
def test_commands_within_sentences_exist(root: Path, name: str) -> None:
    prose = BLOCK.sub("", (root / name).read_text(encoding="utf-8"))
    found = re.findall(r"`(watcher [^`]+)`", prose)
    assert found
    for command in found:
        is_known(command.replace("> rules/", " rules/").split())


@pytest.mark.parametrize("name", MANUALS)
def test_messages_in_the_manual_are_what_is_printed(root: Path, name: str) -> None:
    language = 2 if name == "docs/regels.md" else 1
    text = (root / name).read_text(encoding="utf-8")
    for code, shown in re.findall(r"\| \[([EW]\d+)\] (.+?) \|", text):
        parts = re.split(r"\{\w+\}", SENTENCES[code][language])
        pattern = ".*".join(re.escape(part) for part in parts)
        whole = re.fullmatch(pattern, shown)
        cut = shown.endswith("…") and SENTENCES[code][language].startswith(shown[:-1].strip())
        assert whole or cut, f"{name}: {code} {shown}"


def test_links_between_documents_lead_somewhere(root: Path) -> None:
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_files_that_documents_name_exist(root: Path) -> None:
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"`((?:watcher|tests|benchmarks|deploy|samples)/[\w/.-]+)`", text):
            assert (root / target).exists(), f"{path.name}: {target}"

"""`pytest rules/`: the tests inside rule files as tests of pytest, the same run as `watcher test`.

Loaded by pytest where news-watcher is installed; it takes YAML files that have `rules:` at the
left edge, and leaves all others alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

_RULES = re.compile(rb"^rules\s*:", re.MULTILINE)
_LOOKED_AT = 1 << 20


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A rule file among the files that pytest was pointed at."""
    if file_path.suffix not in {".yaml", ".yml"} or file_path.name.startswith("."):
        return None
    with file_path.open("rb") as file:
        if _RULES.search(file.read(_LOOKED_AT)) is None:
            return None
    return RuleFileCollector.from_parent(parent, path=file_path)


class RuleFileCollector(pytest.File):
    """One rule file: an item for each of its tests, and one for what is wrong with it."""

    def collect(self) -> Iterator[pytest.Item]:
        """Judge the file among its neighbours: what it refers to may stand in them."""
        # Loading rules takes a while, and pytest loads this for everybody.
        from watcher.project import read_test_document
        from watcher.rules.check import run_tests
        from watcher.rules.link import link
        from watcher.rules.load import find_rule_files, load_rule_file
        from watcher.rules.problems import show_problem

        folder = self._folder()
        files = [load_rule_file(path, name=str(path)) for path in find_rule_files([folder])]
        rules, linking = link(files)
        mine = str(self.path)
        problems = [
            one
            for one in [*(one for file in files for one in file.problems), *linking]
            if one.file == mine and one.level == "error"
        ]
        if problems:
            text = "\n".join(show_problem(one) for one in problems)
            yield RuleItem.from_parent(self, name="is a rule file", failure=text)
        roots = (folder, folder.parent, self.config.rootpath)
        read = partial(read_test_document, roots=roots)
        for result in run_tests([one for one in rules if one.info.file == mine], read):
            failure = f"expected {result.expected}\ngot      {result.actual}"
            yield RuleItem.from_parent(
                self,
                name=f"{result.rule}:{result.line}",
                failure=failure if result.result != "passed" else "",
                todo=result.result == "todo",
                line=result.line,
            )

    def _folder(self) -> Path:
        """The outermost folder around the file that holds rule files: the whole rule set."""
        folder = self.path.parent
        while folder != self.config.rootpath and folder.parent != folder:
            if not any(folder.parent.glob("*.yaml")) and folder.parent.name != "rules":
                break
            folder = folder.parent
        return folder


class RuleItem(pytest.Item):
    """One test of a rule, already run."""

    def __init__(
        self, *, failure: str = "", todo: bool = False, line: int = 0, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self._failure = failure
        self._line = line
        if todo:
            self.add_marker(pytest.mark.xfail(reason=failure, strict=False))

    def runtest(self) -> None:
        """Fail with what was expected and what came, the hits marked."""
        if self._failure:
            pytest.fail(self._failure, pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File and line, as editors open them."""
        return self.path, max(0, self._line - 1), self.name

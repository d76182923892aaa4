"""The rule files in force: a file with a mistake never replaces its last good version."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from watcher.errors import Problem
from watcher.model import Status
from watcher.rules.check import ReadArticles, failed_tests
from watcher.rules.link import link
from watcher.rules.load import (
    RuleFile,
    find_rule_files,
    load_rule_file,
    parse_rules,
    read_rule_text,
)
from watcher.rules.match import RuleSet
from watcher.rules.problems import make_problem, sort_problems
from watcher.rules.rule import Rule
from watcher.text import digest

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading came to: the live rules, every problem, and the files that stayed behind.

    ``stale`` names the files whose last good version is in force, ``missing`` those with a
    mistake and no good version at all.
    """

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]
    files: int
    stale: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def compile(self) -> RuleSet:
        """The rules that run: active and shadow ones."""
        return RuleSet(
            rule for rule in self.rules if rule.info.status in {Status.ACTIVE, Status.SHADOW}
        )


class RuleBook:
    """Loads a folder of rule files, and remembers the last good version of each.

    The good versions are also kept as files in ``keep``, so that a restart with a broken file
    does not lose its rules.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keep: Path,
        channels: Collection[str],
        read: ReadArticles,
        language: str = "en",
    ) -> None:
        self._folder = folder
        self._keep = keep
        self._channels = channels
        self._read = read
        self._language = language
        self._good: dict[str, RuleFile] = {}
        self._parsed: dict[str, RuleFile] = {}
        #: Rules whose tests passed; they need not run again until something in them changes.
        self._passed: set[tuple[object, ...]] = set()

    def load(self) -> Loaded:
        """Load every file again.

        A file whose rules do not link, or whose tests fail, is as broken as one that does not
        parse. What falls back may break what was linked to it: so until nothing changes.
        """
        if not self._folder.is_dir():
            why = "there is no such folder"
            missing = make_problem("E100", str(self._folder), language=self._language, why=why)
            return Loaded(rules=(), problems=(missing,), files=0)
        files = {
            name: self._parse(path, name)
            for path in find_rule_files([self._folder])
            for name in [str(path.relative_to(self._folder))]
        }
        problems = [problem for file in files.values() for problem in file.problems]
        broken = {name for name, file in files.items() if file.broken}
        while True:
            used = self._in_force(files, broken)
            rules, found = self._link(used)
            newly = {one.file for one in found if one.level == "error"} - broken
            problems += [one for one in found if one.file in newly or one.level != "error"]
            if not newly:
                break
            broken |= newly
        self._remember(files, broken)
        return Loaded(
            rules=tuple(rules),
            problems=tuple(sort_problems(dict.fromkeys(problems))),
            files=len(files),
            stale=tuple(sorted(name for name in broken if name in used)),
            missing=tuple(sorted(name for name in broken if name not in used)),
        )

    def _parse(self, path: Path, name: str) -> RuleFile:
        """The file, parsed only if its text is not the one of the last time."""
        text = read_rule_text(path)
        last = self._parsed.get(name)
        if last is None or text is None or last.text != text:
            last = load_rule_file(path, name=name, language=self._language)
            self._parsed[name] = last
        return last

    def _in_force(
        self, files: Mapping[str, RuleFile], broken: Collection[str]
    ) -> dict[str, RuleFile]:
        used: dict[str, RuleFile] = {}
        for name, file in files.items():
            if name not in broken:
                used[name] = file
            elif good := self._last_good(name):
                used[name] = good
        return used

    def _link(self, used: Mapping[str, RuleFile]) -> tuple[list[Rule], Sequence[Problem]]:
        rules, problems = link(
            list(used.values()), channels=self._channels, language=self._language
        )
        untested = [rule for rule in rules if _tested_part(rule) not in self._passed]
        failed = list(failed_tests(untested, self._read, language=self._language))
        failing = {problem.file for problem in failed}
        self._passed.update(
            _tested_part(rule) for rule in untested if rule.info.file not in failing
        )
        return rules, [*problems, *failed]

    def _last_good(self, name: str) -> RuleFile | None:
        if name not in self._good:
            try:
                text = self._kept(name).read_text(encoding="utf-8")
            except OSError:
                return None
            self._good[name] = parse_rules(text, name, language=self._language)
        return self._good[name]

    def _remember(self, files: Mapping[str, RuleFile], broken: Collection[str]) -> None:
        for name in [name for name in self._good if name not in files]:
            del self._good[name]  # deleted by somebody: deleting stops a rule at once
            self._kept(name).unlink(missing_ok=True)
        for name, file in files.items():
            if name in broken or self._good.get(name) == file:
                continue
            self._good[name] = file
            try:
                self._write(name, file.text)
            except OSError as error:
                _log.warning("cannot keep a copy of %s: %s", name, error.strerror)

    def _write(self, name: str, text: str) -> None:
        self._keep.mkdir(parents=True, exist_ok=True)
        target = self._kept(name)
        partial = target.with_suffix(".part")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, target)

    def _kept(self, name: str) -> Path:
        return self._keep / f"{digest(name)}.yaml"


def _tested_part(rule: Rule) -> tuple[object, ...]:
    """What the result of a rule's tests follows from."""
    return rule.condition, rule.where, rule.tests

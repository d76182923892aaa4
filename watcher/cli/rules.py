"""`watcher check` and `watcher test`: what an analyst runs before saving."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import click

from watcher.cli.main import Options, pass_options, take_global_options
from watcher.cli.output import echo, echo_json, echo_rows, plain, problem_json
from watcher.config import Config, load_config
from watcher.errors import ConfigError, Problem
from watcher.project import find_test_document, read_test_document, shown_path
from watcher.rules.check import TestResult, failed_tests, run_tests
from watcher.rules.counting import as_written
from watcher.rules.link import link
from watcher.rules.lint import lint
from watcher.rules.load import RuleFile, find_rule_files, load_rule_file
from watcher.rules.problems import Report, make_problem, show_problem, sort_problems
from watcher.rules.rule import FileTest, Rule, Term
from watcher.rules.schema import rule_schema
from watcher.rules.term import TermProblemError, compile_term
from watcher.volume import show_volume


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """The rule files that a command is about, and the configuration around them."""

    files: Sequence[RuleFile]
    rules: Sequence[Rule]
    problems: Sequence[Problem]
    config: Config | None
    roots: tuple[Path, ...]


def _open_project(options: Options, paths: Sequence[Path]) -> _Project:
    """Load rule files, and the configuration where there is one.

    Paths may be rule files, folders and configuration files. Without any, the configuration
    says where the rules are.
    """
    config, problems = _find_config(options, paths)
    rule_paths = [path for path in paths if path.suffix != ".toml"]
    if not rule_paths and config is not None:
        rule_paths = [config.path(config.watcher.rules)]
    elif not rule_paths and not problems:
        rule_paths = [Path("rules")]
    missing = [path for path in rule_paths if not path.exists()]
    problems += [
        make_problem("E501", shown_path(path), language=options.language, value=path)
        for path in missing
    ]
    found = find_rule_files(path for path in rule_paths if path.exists())
    files = [
        load_rule_file(path, name=shown_path(path), language=options.language) for path in found
    ]
    channels = [channel.name for channel in config.channel] if config else None
    rules, linking = link(files, channels=channels, language=options.language)
    roots = [path if path.is_dir() else path.parent for path in rule_paths]
    if config is not None:
        roots.append(config.folder)
    roots.append(Path.cwd())
    return _Project(
        files=files,
        rules=rules,
        problems=[*problems, *(one for file in files for one in file.problems), *linking],
        config=config,
        roots=tuple(roots),
    )


def _find_config(options: Options, paths: Sequence[Path]) -> tuple[Config | None, list[Problem]]:
    """The configuration that is named, lies beside the rules, or in the usual places."""
    named = [path for path in paths if path.suffix == ".toml"]
    if not named:
        beside = [path / "config.toml" for path in paths if path.is_dir()]
        named = [path for path in beside if path.is_file()][:1]
    try:
        if named and options.config is None:
            return load_config(named[0]), []
        if paths and options.config is None:
            return None, []
        path = options.config_path()
    except ConfigError as error:
        # No configuration at all is no problem for whoever has only rules.
        only_rules = not named and Path("rules").is_dir()
        return None, [] if only_rules else list(error.problems)
    try:
        return load_config(path), []
    except ConfigError as error:
        return None, list(error.problems)


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--secrets", is_flag=True, help="Also read the secrets and check the channels.")
@pass_options
def check_command(
    options: Options,
    paths: tuple[Path, ...],
    strict: bool,
    form: str,
    as_json: bool,
    secrets: bool,
) -> int:
    """Check the configuration and the rule files: all problems at once."""
    project = _open_project(options, paths)
    problems = [
        *project.problems,
        *_missing_test_files(project, options.language),
        *_failed_tests(project, options.language),
    ]
    today = datetime.now(UTC).date()
    channels = project.config.channel if project.config else ()
    floors = {channel.name: channel.min_severity.rank for channel in channels}
    problems += lint(
        project.files, project.rules, today=today, floors=floors, language=options.language
    )
    if secrets and project.config is not None:
        from watcher.app import check_channels

        problems += check_channels(project.config, str(options.config_path()))
    ordered = sort_problems(dict.fromkeys(problems))
    form = "json" if as_json else form
    _show(ordered, form)
    errors = sum(problem.level == "error" for problem in ordered)
    if form == "text":
        echo(_summary(project, errors, len(ordered) - errors), err=bool(ordered))
    if any(problem.code.startswith("C") for problem in ordered):
        return 78
    return 1 if errors or (strict and ordered) else 0


def _missing_test_files(project: _Project, language: str) -> list[Problem]:
    return [
        make_problem("E501", rule.info.file, test.line, 1, language=language, value=test.path)
        for rule in project.rules
        for test in rule.tests
        if isinstance(test, FileTest)
        and find_test_document(test.path, rule.info.file, roots=project.roots) is None
    ]


def _failed_tests(project: _Project, language: str) -> list[Problem]:
    """What the daemon would refuse these rules for; a document that is missing is told above."""
    read = partial(read_test_document, roots=project.roots)
    failed = failed_tests(project.rules, read, language=language)
    return [problem for problem in failed if problem.level == "error"]


def _show(problems: Sequence[Problem], form: str) -> None:
    if form == "json":
        echo_rows(problem_json(problem) for problem in problems)
    elif form == "github":
        for one in problems:
            text = f"[{one.code}] {one.message} {one.hint}".strip()
            echo(f"::{one.level} file={one.file},line={one.line},col={one.column}::{text}")
    else:
        for problem in problems:
            echo(show_problem(problem))


def _summary(project: _Project, errors: int, warnings: int) -> str:
    counted = f"{len(project.rules)} rules in {len(project.files)} files"
    if not errors and not warnings:
        return f"{counted}: no problems"
    return f"{counted}: {errors} errors, {warnings} warnings"


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "only", help="Only rules with this in their id.")
@click.option("--json", "as_json", is_flag=True)
@pass_options
def test_command(options: Options, paths: tuple[Path, ...], only: str | None, as_json: bool) -> int:
    """Run the tests inside rule files."""
    project = _open_project(options, paths)
    errors = [problem for problem in project.problems if problem.level == "error"]
    rules = [rule for rule in project.rules if only is None or only in rule.info.id]
    results = list(run_tests(rules, partial(read_test_document, roots=project.roots)))
    if as_json:
        for result in results:
            echo_json(_result_json(result))
    for problem in sort_problems(dict.fromkeys(errors)):
        echo(show_problem(problem), err=as_json)
    if not as_json:
        _show_results(results)
    failed = any(result.result == "failed" for result in results)
    if any(problem.code.startswith("C") for problem in errors):
        return 78
    return 1 if failed or errors else 0


def _result_json(result: TestResult) -> dict[str, object]:
    return {
        "file": result.file,
        "line": result.line,
        "rule": result.rule,
        "result": result.result,
        "expected": result.expected,
        "actual": result.actual,
    }


def _show_results(results: Sequence[TestResult]) -> None:
    for one in results:
        if one.result != "passed":
            echo(f"{one.file}:{one.line}: {one.rule}: {one.result}")
            echo(f"    expected {one.expected}")
            echo(f"    got      {one.actual}")
    counted = {
        name: sum(one.result == name for one in results) for name in ("passed", "failed", "todo")
    }
    echo(f"{counted['passed']} passed, {counted['failed']} failed, {counted['todo']} to do")


class _Rules(click.Group):
    """Imports what only some of its commands need when they are called: checking must be fast."""

    _more: ClassVar = {
        "import": ("rule_edits", "rules_import"),
        "stats": ("rule_stats", "rules_stats"),
        "suggest": ("rule_stats", "rules_suggest"),
        "test": ("rule_edits", "rules_test"),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return [*super().list_commands(ctx), *self._more]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in self._more:
            return super().get_command(ctx, cmd_name)
        module, name = self._more[cmd_name]
        command: click.Command = getattr(import_module(f"watcher.cli.{module}"), name)
        return take_global_options(command)


@click.group("rules", cls=_Rules)
def rules_command() -> None:
    """The rule set: which rules there are, what a term finds, the schema for editors."""


@rules_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
@pass_options
def rules_list(options: Options, as_json: bool) -> int:
    """Every rule with its severity, status, owner and file."""
    project = _open_project(options, ())
    for rule in project.rules:
        info = rule.info
        if as_json:
            echo_json(_rule_json(rule))
        else:
            echo(f"{info.severity.value:<8} {info.status.value:<6} {info.id}: {plain(info.title)}")
            echo(f"    {shown_path(Path(info.file))}:{rule.line}  {plain(info.owner)}")
            if info.volume is not None:
                echo(f"    told when: {show_volume(info.volume)}")
    return 0


def _rule_json(rule: Rule) -> dict[str, object]:
    info = rule.info
    return {
        "rule": info.id,
        "title": info.title,
        "severity": info.severity.value,
        "status": info.status.value,
        "owner": info.owner,
        "tags": list(info.tags),
        "to": list(info.to),
        **as_written(info.volume),
        "file": info.file,
        "line": rule.line,
        "tests": len(rule.tests),
    }


@rules_command.command("forms")
@click.argument("term")
@click.option("--language", default="nl", help="Of the term; default nl.")
@click.option("--json", "as_json", is_flag=True)
@pass_options
def rules_forms(options: Options, term: str, language: str, as_json: bool) -> int:
    """What a term finds: its forms and spellings, and where compounds may go on."""
    try:
        patterns = compile_term(Term(term, frozenset((language,))))
    except TermProblemError as problem:
        report = Report("term", term, options.language)
        report.add(problem.code, 1, 1, hint="", **problem.values)
        echo(show_problem(report.problems[0]), err=True)
        return 1
    for pattern in patterns:
        left = {"": "", "part": "…", "any": "*"}[pattern.left]
        right = {"": "", "part": "…", "any": "*"}[pattern.right]
        apart = f" … {pattern.apart.particle}" if pattern.apart else ""
        if as_json:
            shown = {"finds": pattern.literal + apart, "how": pattern.how}
            echo_json({**shown, "left": pattern.left, "right": pattern.right})
        else:
            echo(f"{pattern.how:<9} {left}{pattern.literal}{right}{apart}")
    return 0


@rules_command.command("schema")
def rules_schema() -> int:
    """The JSON Schema of rule files, for editors."""
    echo(json.dumps(rule_schema(), indent=2))
    return 0

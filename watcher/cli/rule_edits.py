"""`watcher rules import` and `rules test add`: rules and tests that nobody types."""

from __future__ import annotations

import re
from pathlib import Path

import click

from watcher.cli.documents import read_rules
from watcher.cli.files import replace_file
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo
from watcher.cli.show import reading
from watcher.config import Config
from watcher.errors import NotFoundError, WatcherError
from watcher.model import Article, Match
from watcher.project import shown_path
from watcher.rules.check import test_article
from watcher.rules.edit import add_test
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet
from watcher.rules.problems import Report, show_problem
from watcher.rules.query import QueryProblemError
from watcher.rules.rule import Rule, TextTest
from watcher.rules.translate import rule_of_query, translate_query
from watcher.sentences import sentence_around
from watcher.text import fold_key

_WORD = re.compile(r"[a-z0-9]+")


@click.command("import")
@click.option("--query", required=True, help="As Meltwater, Nexis or Spotler take it.")
@click.option("--id", "rule_id", default="", help="The id of the rule (default: of its words).")
@click.option("--title", default="", help="Its title.")
@pass_options
def rules_import(options: Options, query: str, rule_id: str, title: str) -> int:
    """A boolean query of another service as a rule, printed for a rule file."""
    name = rule_id or "-".join(_WORD.findall(fold_key(query))[:4]) or "rule"
    try:
        text = rule_of_query(query, rule_id=name, title=title)
    except QueryProblemError as problem:
        ours = translate_query(query)
        report = Report("--query", ours, options.language)
        report.add(problem.code, 1, problem.offset + 1, hint="", **problem.values)
        echo(show_problem(report.problems[0]), err=True)
        return 1
    broken = parse_rules(text, "--query").problems
    for one in broken:
        echo(show_problem(one), err=True)
    echo(text.rstrip())
    return 1 if broken else 0


@click.group("test")
def rules_test() -> None:
    """Tests in rule files."""


@rules_test.command("add")
@click.argument("rule", metavar="RULE")
@click.option("--from", "article_id", required=True, metavar="ARTICLE", help="Id of an article.")
@click.option("--no-match", is_flag=True, help="The rule must not match it.")
@pass_options
def rules_test_add(options: Options, rule: str, article_id: str, no_match: bool) -> int:
    """Turn a real article into a test of a rule: its sentence, not the whole text."""
    config = options.load()
    known = {one.info.id: one for one in read_rules(options, config, None).rules}
    if rule not in known:
        raise NotFoundError(f'there is no rule "{rule}" in the rule files')
    article = _article(config, article_id)
    sentence = _sentence(known[rule], article)
    path = Path(known[rule].info.file)
    text = path.read_text(encoding="utf-8")
    try:
        changed = add_test(text, rule, sentence, matches=not no_match)
    except ValueError as error:
        raise NotFoundError(f"{shown_path(path)}: {error}") from None
    if parse_rules(changed, str(path)).problems != parse_rules(text, str(path)).problems:
        raise WatcherError(f"{shown_path(path)} is written in a way that this cannot add to")
    replace_file(path, changed)
    kind = "no_match" if no_match else "match"
    echo(f"{shown_path(path)}: {rule} has one more test\n  - {kind}: {sentence}")
    now = bool(_matches(known[rule], sentence))
    if now is no_match:
        does = "matches" if now else "does not match"
        echo(f"the test fails now: the rule {does} this", err=True)
        return 1
    return 0


def _article(config: Config, start: str) -> Article:
    with reading(config) as store:
        found = store.named(start)
        row = store.article(found[0]) if len(found) == 1 else None
    if row is None:
        raise NotFoundError(
            f"{len(found)} articles begin with {start}: write more of the id"
            if found
            else f"there is no article {start}: `watcher alerts show` names them"
        )
    return row.article


def _sentence(rule: Rule, article: Article) -> str:
    """The least of an article of which the rule says what it says of all of it: a sentence with a
    hit, a paragraph, or the text."""
    matches = RuleSet([rule]).match(article)
    text = article.text
    hits = [hit for match in matches for hit in match.hits]
    parts = [text[slice(*sentence_around(text, 0, hit.start, hit.end))] for hit in hits[:20]]
    parts += text.split("\n\n")
    least = (part for part in parts if part.strip() and bool(_matches(rule, part)) is bool(matches))
    return " ".join(next(least, text).split())


def _matches(rule: Rule, text: str) -> list[Match]:
    """What the rule finds in a text, as its test would."""
    test = TextTest(line=0, expected=True, text=text)
    return list(RuleSet([rule]).match(test_article(test), stated=frozenset()))

"""`watcher explain`: why a rule matches or why not, and what became of an archived article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from watcher import dedup
from watcher.articles.extract import extract
from watcher.cli.documents import RulesRead, find_config, is_url, read_named, read_rules
from watcher.cli.life import life_json, life_lines
from watcher.cli.main import Options, pass_options
from watcher.cli.output import article_json, echo, echo_json, plain
from watcher.cli.phrases import Speaker
from watcher.cli.tree import explanation_json, head_of, lines_of, near_line, places_of, shown
from watcher.config import Config
from watcher.listing import ArticleRow
from watcher.model import Article, Status
from watcher.rules.explain import Explainer, Explanation, Reading
from watcher.rules.match import RuleSet
from watcher.rules.problems import did_you_mean
from watcher.rules.rule import Rule

_ID = re.compile(r"[0-9a-f]{3,16}")
#: Rules that nearly match, for a document of one article and of several.
_NEAR, _NEAR_EACH = 3, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """One article that is asked about, with its row where it is archived."""

    article: Article
    row: ArticleRow | None = None


@click.command("explain")
@click.argument("what", metavar="DOCUMENT|ARTICLE")
@click.option("--rule", "rule_id", help="Only this rule, with its whole tree.")
@click.option("--rules", "rules_path", type=click.Path(path_type=Path), help="Rule file or folder.")
@click.option("--part", type=int, help="Only this article of the document, counted from 1.")
@click.option("--language", help="The document's language, like nl.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
@pass_options
def explain_command(
    options: Options,
    what: str,
    rule_id: str | None,
    rules_path: Path | None,
    part: int | None,
    language: str | None,
    as_json: bool,
) -> int:
    """Why rules match a document or an archived article, or why not; and what became of it.

    A document is a file, a URL or - (text on stdin); an article is named by its id, the
    beginning of it, or the id of an alert.
    """
    config = find_config(options, rules_path)
    subjects = _subjects(what, config, language)
    if subjects is None:
        return 1
    read = read_rules(options, config, rules_path)
    rule = _rule(rule_id, read, options.language)
    chosen = [one for one in subjects if part in (None, one.article.part)]
    if not chosen:
        raise click.UsageError(f"{what} has no part {part}; it has {len(subjects)}")
    teller = _Teller(what, read, config, options)
    if as_json:
        for subject in chosen:
            echo_json(teller.json(subject, rule))
    elif rule is None:
        teller.tell(chosen)
    else:
        teller.tell_rule(chosen, rule)
    return 0


def _subjects(what: str, config: Config, language: str | None) -> list[_Subject] | None:
    """The articles that are meant; None where a document cannot be read."""
    if what != "-" and not is_url(what) and not Path(what).exists() and _ID.fullmatch(what):
        return [find_archived(what, config)]
    document = read_named(what, config, source="explain", language=language)
    if document is None:
        return None
    extraction = extract(document)
    if extraction.failure is not None:
        echo(f"{document.name}: {extraction.failure}", err=True)
        return None
    for loss in extraction.losses:
        echo(f"{document.name}: {loss}", err=True)
    for line in extraction.dropped:
        echo(f"{document.name}: left out as page furniture: {plain(line)}", err=True)
    return [_Subject(article=one.article) for one in dedup.identify(extraction)]


def find_archived(prefix: str, config: Config) -> _Subject:
    """The article of this id, or of this beginning of its or an alert's id."""
    # Most calls are about files and need no store.
    from watcher.cli.show import reading

    with reading(config) as store:
        ids = [prefix] if (row := store.article(prefix)) else store.named(prefix)
        if not ids:
            raise click.UsageError(
                f"{prefix} is no file, and there is no article and no alert of this id"
            )
        if len(ids) > 1:
            raise click.UsageError(f"{prefix} may be {', '.join(ids)}: write more of it")
        row = row or store.article(ids[0])
    assert row is not None
    return _Subject(article=row.article, row=row)


def _rule(rule_id: str | None, read: RulesRead, language: str) -> Rule | None:
    if rule_id is None:
        return None
    by_id = {rule.info.id: rule for rule in read.rules}
    if rule_id not in by_id:
        hint = did_you_mean(rule_id, by_id, language)
        broken = "; rules with mistakes are left out: watcher check" if read.broken else ""
        raise click.UsageError(f'there is no rule "{rule_id}"{broken}. {hint}'.strip())
    return by_id[rule_id]


class _Teller:
    """Tells about articles, one after the other."""

    def __init__(self, what: str, read: RulesRead, config: Config, options: Options) -> None:
        self._what = what
        self._explainer = Explainer(RuleSet(read.rules), read.files)
        self._timezone = config.watcher.timezone
        self._language = options.language
        self._color = options.use_color()
        self._say = Speaker(options.language)

    def tell(self, subjects: Sequence[_Subject]) -> None:
        """All rules that match, then the ones that nearly do."""
        single = len(subjects) == 1
        for subject in subjects:
            reading = self._explainer.about(subject.article)
            matching = reading.matching()
            self._head(subject.article)
            if not matching:
                self._print(f"  {self._say('no rule')}")
            for one in matching:
                lines = (
                    lines_of(one, subject.article, self._say)
                    if single
                    else self._brief(one, subject.article)
                )
                self._print(*(f"  {line}" for line in lines))
            self._nearly(reading, subject.article, matching, single)
            if subject.row is not None:
                self._life(subject.row, matching)
        self._print(self._say("more", what=self._what))

    def tell_rule(self, subjects: Sequence[_Subject], rule: Rule) -> None:
        """One rule: its tree where it matches, else where it nearly does."""
        explained = [
            (subject, self._explainer.about(subject.article).explain(rule)) for subject in subjects
        ]
        holding = [one for one in explained if one[1].holds]
        whole = holding or [min(explained, key=lambda one: one[1].cost)]
        for subject, one in explained:
            if (subject, one) in whole:
                self._head(subject.article)
                self._print(*(f"  {line}" for line in lines_of(one, subject.article, self._say)))
                if subject.row is not None:
                    self._life(subject.row, [one] if one.holds else [], rule)
            else:
                self._head(subject.article)
                self._print(f"  {near_line(one, self._say)}")

    def json(self, subject: _Subject, rule: Rule | None) -> dict[str, Any]:
        """The same facts."""
        article = subject.article
        reading = self._explainer.about(article)
        asked = [reading.explain(rule)] if rule else reading.matching()
        near = [] if rule else reading.nearest(_NEAR)
        return {
            "article": article_json(article, self._timezone),
            "rules": [explanation_json(one, article, self._language) for one in asked],
            "nearest": [explanation_json(one, article, self._language) for one in near],
            "life": life_json(subject.row, self._timezone) if subject.row else None,
        }

    def _head(self, article: Article) -> None:
        place = f"{article.place} ({'/'.join(article.agencies)}) " if article.place else ""
        about = [
            *([self._say("part", part=article.part, parts=article.parts)] * (article.parts > 1)),
            article.kind,
            article.language or self._say("unknown language"),
            self._say("words", count=len(article.text.split())),
        ]
        title = click.style(plain(place + article.title), bold=True)
        self._print(f"{title}  [{', '.join(about)}]")

    def _brief(self, one: Explanation, article: Article) -> Iterator[str]:
        yield head_of(one, self._say)
        yield from (f"    “{each}”" for each in shown(article, places_of(one)))

    def _nearly(
        self, reading: Reading, article: Article, matching: Sequence[Explanation], single: bool
    ) -> None:
        near = reading.nearest(_NEAR if single else _NEAR_EACH)
        if near and single:
            self._print(f"  {self._say('nearly')}")
        for one in near:
            self._print(f"  {near_line(one, self._say)}")
            for each in shown(article, places_of(one)) if single else ():
                self._print(f"      “{each}”")
        if not near and not matching and single:
            self._print(f"  {self._say('nothing near')}")

    def _life(
        self, row: ArticleRow, matching: Sequence[Explanation], rule: Rule | None = None
    ) -> None:
        self._print("", *life_lines(row, self._timezone, self._say))
        then = {one.rule for one in row.matches}
        now = {one.rule.info.id for one in matching if _runs(one.rule)}
        known = {one.info.id for one in self._explainer.rules.rules}
        asked = {rule.info.id} if rule else then | now
        for one in sorted(asked & (then - now)):
            self._print(f"  ! {one}: {self._say('then, not now' if one in known else 'gone')}")
        for one in sorted(asked & (now - then)):
            self._print(f"  ! {one}: {self._say('now, not then')}")

    def _print(self, *lines: str) -> None:
        for line in lines:
            echo(line, color=self._color or None)


def _runs(rule: Rule) -> bool:
    return rule.info.status in {Status.ACTIVE, Status.SHADOW}

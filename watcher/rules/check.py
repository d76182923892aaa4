"""Runs the tests that stand in rule files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from watcher.errors import Problem
from watcher.language import detect_language
from watcher.model import Article, Match, Status
from watcher.rules.match import RuleSet
from watcher.rules.problems import make_problem
from watcher.rules.rule import FileTest, Rule, TextTest

#: Reads the document of a `file:` test: (path as written, the rule file) to its articles, or
#: None where there is no such file.
ReadArticles = Callable[[str, str], Sequence[Article] | None]

_NO_FILE = "there is no such file"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How one test ended: passed, failed or todo; both sides in words."""

    __test__ = False  # pytest: not a test class

    file: str
    line: int
    rule: str
    result: str
    expected: str
    actual: str


def run_tests(rules: Sequence[Rule], read: ReadArticles) -> Iterator[TestResult]:
    """Run every test of these linked rules, each against its own rule alone."""
    for rule in rules:
        if not rule.tests:
            continue
        alone = RuleSet([rule])
        for test in rule.tests:
            if isinstance(test, TextTest):
                yield _run_text(alone, rule, test)
            else:
                yield _run_file(alone, rule, test, read)


def failed_tests(
    rules: Sequence[Rule], read: ReadArticles, *, language: str = "en"
) -> Iterator[Problem]:
    """The failing tests as problems: a rule whose own tests fail must not go live.

    A test document that is not there says nothing about the rule: a warning.
    """
    for result in run_tests([rule for rule in rules if rule.info.status is not Status.OFF], read):
        if result.result == "failed":
            code = "W103" if result.actual == _NO_FILE else "E502"
            why = f"{result.rule}: expected {result.expected}, got {result.actual}"
            yield make_problem(code, result.file, result.line, 1, language=language, why=why)


def _run_text(rules: RuleSet, rule: Rule, test: TextTest) -> TestResult:
    article = test_article(test)
    stated = frozenset(
        [*(key for key, _ in test.metadata), *(["language"] if test.language else [])]
    )
    matches = rules.match(article, stated=stated)
    passed = bool(matches) is test.expected
    return TestResult(
        file=rule.info.file,
        line=test.line,
        rule=rule.info.id,
        result=_result(passed, test.todo),
        expected="a match" if test.expected else "no match",
        actual=f"a match: {show_hits(article.text, matches)}" if matches else "no match",
    )


def test_article(test: TextTest) -> Article:
    """The article that a text test describes."""
    text = f"{test.title}\n\n{test.text}" if test.title else test.text
    stated = dict(test.metadata)
    first = {key: values[0] for key, values in stated.items() if values}
    published = _moment(first.get("published"))
    return Article(
        id="test",
        source=first.get("source", "test"),
        author=first.get("author"),
        place=first.get("place"),
        section=first.get("section"),
        urgency=_number(first.get("urgency")),
        agencies=stated.get("agency", ()),
        tags=stated.get("tags", ()),
        published=published,
        document="test",
        part=1,
        parts=1,
        kind=first.get("kind", "article"),
        title=test.title or test.text[:80],
        title_source="headline" if test.title else "lead",
        text=text,
        headline_end=len(test.title),
        seen=datetime.now(UTC) if published else _EPOCH,
        language=test.language or detect_language(text, None),
    )


def _number(written: str | None) -> int | None:
    return int(written) if written and written.isdecimal() else None


def _moment(written: str | None) -> datetime | None:
    """A time in a test; without a zone it is UTC, without sense there is none."""
    try:
        moment = datetime.fromisoformat(written) if written else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def show_hits(text: str, matches: Sequence[Match], width: int = 160) -> str:
    """The text around the first hit, with the hits marked »so«."""
    hits = [hit for match in matches for hit in match.hits]
    marked, last = "", 0
    for hit in hits:
        marked += f"{text[last : hit.start]}»{hit.text}«"
        last = hit.end
    marked = " ".join((marked + text[last:]).split())
    begin = max(0, marked.find("»") - width // 2)
    return ("… " if begin else "") + marked[begin : begin + width]


def _run_file(rules: RuleSet, rule: Rule, test: FileTest, read: ReadArticles) -> TestResult:
    articles = read(test.path, rule.info.file)
    if articles is None:
        expected, actual = f"the file {test.path}", _NO_FILE
    else:
        expected, actual = _judge(rules, test, articles)
    return TestResult(
        file=rule.info.file,
        line=test.line,
        rule=rule.info.id,
        result=_result(expected == actual, test.todo),
        expected=expected,
        actual=actual,
    )


def _judge(rules: RuleSet, test: FileTest, articles: Sequence[Article]) -> tuple[str, str]:
    """What the test expects and what came, in the same words where they agree."""
    matched = [(article, matches) for article in articles if (matches := rules.match(article))]
    hits = {hit.text for _, matches in matched for match in matches for hit in match.hits}
    expected: list[str] = []
    actual: list[str] = []
    if test.articles is not None:
        expected.append("articles " + (", ".join(sorted(test.articles)) or "none"))
        names = sorted(_name(article, test.articles) for article, _ in matched)
        actual.append("articles " + (", ".join(names) or "none"))
    for wanted in test.highlights:
        expected.append(f'hit "{wanted}"')
        actual.append(f'hit "{wanted}"' if wanted in hits else f'no hit "{wanted}"')
    for unwanted in test.not_highlights:
        expected.append(f'no hit "{unwanted}"')
        actual.append(f'hit "{unwanted}"' if unwanted in hits else f'no hit "{unwanted}"')
    return "; ".join(expected), "; ".join(actual)


def _name(article: Article, wanted: Sequence[str]) -> str:
    """What the test calls this article, or its dateline or title where it does not name it."""
    for name in wanted:
        if article.place == name or article.title.startswith(name):
            return name
    return article.place or article.title


def _result(passed: bool, todo: str) -> str:
    if passed:
        return "passed"
    return "todo" if todo else "failed"

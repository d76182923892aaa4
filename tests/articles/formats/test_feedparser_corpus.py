"""feedparser's own test feeds through our whole ingest: nothing is reported differently.

Each file says in its head what feedparser must find. What concerns an entry's title, text, link,
id, author, time, or the feed's language is compared with our item; what has no place in an
item is skipped with its reason (`feedparser_skips.toml`).
"""

from __future__ import annotations

import ast
import re
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.feed import read_feed
from watcher.articles.formats.json_file import read_json
from watcher.articles.formats.xml_bytes import repaired
from watcher.articles.item import Item
from watcher.articles.markup import text_of_html
from watcher.errors import UnreadableDocument
from watcher.language import primary_language
from watcher.model import Document

SEEN = datetime(2026, 11, 22, tzinfo=UTC)
FILES = 1_851
EXPECT = re.compile(rb"Expect:\s*(.+?)\s*(?:-->|\n|\r)", re.DOTALL)
HEADER = re.compile(rb"^Header:\s*([^:\n]+):\s*(.+?)\s*$", re.MULTILINE)
#: The expected value of a path of an entry, `entries[0]['content'][0]['value']`.
ENTRY = re.compile(r"entries\[(\d+)\](.+)")


@dataclass(frozen=True)
class Claim:
    """One comparison of an expectation: the path on its left and the value on its right."""

    path: str
    value: Any


def corpus(shared: Path) -> list[Path]:
    """All the files."""
    return sorted((shared / "feeds" / "feedparser" / "tests").rglob("*.*"))


def claims_of(body: bytes) -> list[Claim]:
    """The equalities in the expectation in a file's head."""
    found = EXPECT.search(decoded(body))
    if found is None:
        return []
    try:
        tree = ast.parse(found[1].decode("utf-8", "replace").strip(), mode="eval")
    except SyntaxError:
        return []
    return list(claims_in(tree.body))


def decoded(body: bytes) -> bytes:
    """A head that can be searched, whatever the file's encoding."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in body[:64]:
        return body.replace(b"\0", b"")
    if body[:4] == b"\x4c\x6f\xa7\x94":
        return body.decode("cp037").encode()
    return body


def claims_in(node: ast.expr) -> Iterator[Claim]:
    """The claims in a node: `and` joins them, a chain of `==` makes several."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from claims_in(value)
    elif isinstance(node, ast.Compare) and all(isinstance(one, ast.Eq) for one in node.ops):
        *paths, value = [node.left, *node.comparators]
        try:
            expected = eval(compile(ast.Expression(value), "expected", "eval"), {})
        except NameError:
            return
        for path in paths:
            yield Claim(ast.unparse(path), expected)


def document(path: Path) -> Document:
    """The file as it would come from a feed's address, with the headers that it asks for."""
    body = path.read_bytes()
    headers = {
        name.decode().lower(): value.decode("latin-1") for name, value in HEADER.findall(body)
    }
    served = path.name.startswith("http_")
    return Document(
        source="s",
        name=path.name,
        body=body,
        seen=SEEN,
        content_type=headers.get("content-type", ""),
        url=headers.get("content-location", "http://127.0.0.1:8097/" if served else None),
        timezone="UTC",
        boilerplate=False,
        expects="feed",
    )


def same_text(expected: str, text: str) -> bool:
    """The words of it are in the text, in order."""
    wanted = (" ".join(one.split()) for one in (text_of_html(expected), expected))
    inside = " ".join(text.split())
    return any(one in inside for one in wanted)


def verdict(claim: Claim, items: tuple[Item, ...]) -> bool | None:
    """Whether our items say the same; None for what an item has no place for."""
    if claim.path == "len(entries)":
        return len(items) == claim.value
    entry = ENTRY.match(claim.path)
    if entry is None:
        return None
    place, path = int(entry[1]), re.sub(r"[\"\[\]'.]+", ".", entry[2]).strip(".")
    return about_item(path, claim.value, items[place]) if place < len(items) else False


def about_item(path: str, value: Any, item: Item) -> bool | None:
    """One claim about one entry."""
    for pattern, holds in CLAIMS.items():
        if re.fullmatch(pattern, path):
            return holds(value, item)
    return None


def same_time(value: Any, item: Item) -> bool:
    """The same moment to the second."""
    return item.published == (value and datetime(*value[:6], tzinfo=UTC))


CLAIMS: dict[str, Callable[[Any, Item], bool]] = {
    r"(?:title|title_detail\.value)": lambda value, item: same_text(value or "", item.title),
    r"(?:summary|description|summary_detail\.value|content\.\d+\.value)": (
        lambda value, item: same_text(value or "", f"{item.standfirst} {item.text}")
    ),
    r"link": lambda value, item: item.link == (value or ""),
    r"(?:id|guid)": lambda value, item: item.guid == (value or ""),
    r"(?:author|author_detail\.name|authors\.\d+\.name|publisher)": (
        lambda value, item: item.author in (value or "") or (value or "") in item.author
    ),
    r"(?:published|created|updated|date|issued|modified)_parsed": same_time,
    r"(?:category|tags\.\d+\.term)": lambda value, item: (value or "") in item.section,
    r"(?:language|(?:title|summary)_detail\.language|content\.\d+\.language)": (
        lambda value, item: item.language == primary_language(value or "")
    ),
    r"media_credit\.\d+\.content": lambda value, item: (value or "") in item.credit,
}


@dataclass(frozen=True)
class Outcome:
    """What came of one claim of one file, or of a file without claims."""

    file: str
    result: str
    path: str = ""
    detail: str = ""


@pytest.fixture(scope="module")
def outcomes(shared: Path) -> list[Outcome]:
    """same, different, no_place or nothing_compared for every claim of every file."""
    root = shared / "feeds" / "feedparser" / "tests"
    names = {True: "same", False: "different", None: "no_place"}
    found: list[Outcome] = []
    for path in corpus(shared):
        file = path.relative_to(root).as_posix()
        items = items_of(document(path))
        claims = claims_of(path.read_bytes())
        found += [
            Outcome(file, names[verdict(claim, items)], claim.path, repr(claim.value))
            for claim in claims
        ] or [Outcome(file, "nothing_compared")]
    return found


@pytest.fixture(scope="module")
def skips() -> dict[str, dict[str, str]]:
    """Regular expressions and their reasons, by kind."""
    return tomllib.loads(Path(__file__).with_name("feedparser_skips.toml").read_text())


def items_of(one: Document) -> tuple[Item, ...]:
    """The items, none where the whole document is refused."""
    try:
        return (read_json if one.name.endswith(".json") else read_feed)(one).items
    except UnreadableDocument:
        return ()


def test_every_file_goes_through_the_whole_ingest(shared: Path) -> None:
    paths = corpus(shared)
    assert len(paths) == FILES
    for path in paths:
        found = extract(document(path))
        assert found.failure or found.articles or found.losses or not items_of(document(path))


def test_nothing_is_reported_differently(
    outcomes: list[Outcome], skips: dict[str, dict[str, str]]
) -> None:
    different = [one for one in outcomes if one.result == "different"]
    wrong = [one for one in different if not skipped(one.file, skips["different"])]
    assert wrong == []
    unexplained = {
        one.path
        for one in outcomes
        if one.result == "no_place" and not skipped(one.path, skips["no_place"])
    }
    assert unexplained == set()


def test_every_skip_is_still_needed(
    outcomes: list[Outcome], skips: dict[str, dict[str, str]]
) -> None:
    for kind, patterns in skips.items():
        names = {
            one.path if kind == "no_place" else one.file for one in outcomes if one.result == kind
        }
        unused = [one for one in patterns if not any(re.fullmatch(one, name) for name in names)]
        assert unused == [], kind


def test_how_much_is_compared(outcomes: list[Outcome]) -> None:
    counts = Counter(one.result for one in outcomes)
    files = {one.file for one in outcomes if one.result == "same"}
    assert counts["same"] >= 890
    assert len(files) >= 850


def test_repairing_changes_nothing_that_feedparser_finds(shared: Path) -> None:
    """feedparser over our repaired bytes holds every expectation that it holds over the file's."""
    worse = []
    for path in corpus(shared):
        body = path.read_bytes()
        mended = repaired(body)
        if mended != body and holds(body) and not holds(mended):
            worse.append(path.name)
    assert worse == []


def holds(body: bytes) -> bool:
    """Whether feedparser finds what the file expects, but for the encoding and well-formedness."""
    found = EXPECT.search(decoded(body))
    if found is None:
        return False
    expected = found[1].decode("utf-8", "replace").strip()
    expected = re.sub(r"^(?:not )?bozo(?: and )?", "", expected)
    if not expected or "encoding" in expected:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = feedparser.parse(BytesIO(body))
            return bool(eval(expected, {"feedparser": feedparser}, dict(result)))
        except Exception:  # noqa: BLE001 - whatever it raises, the expectation does not hold
            return False


def skipped(name: str, patterns: dict[str, str]) -> bool:
    """Whether there is a written reason for it."""
    return any(re.fullmatch(pattern, name) for pattern in patterns)

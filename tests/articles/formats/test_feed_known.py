"""Items that are known from a feed's last body: skipped only where nothing else could come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.articles.extract import extract
from watcher.model import Document, Extraction

DOCUMENT = Document(
    source="velsmeerder",
    name="https://velsmeerder.example/rss",
    body=b"",
    seen=datetime(2026, 11, 22, 8, tzinfo=UTC),
    content_type="application/rss+xml",
    url="https://velsmeerder.example/rss",
    expects="feed",
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>'


def item(number: int, text: str = "") -> str:
    """An item with an id and a link."""
    return (
        f'<item><title>Bericht {number}</title><guid isPermaLink="false">id-{number}</guid>'
        f"<link>https://velsmeerder.example/{number}</link>"
        f"<description>{text or f'De raad nam besluit {number}.'}</description></item>"
    )


def feed(*items: str, head: str = HEAD, tail: str = "</channel></rss>") -> Document:
    """A feed of these items, each on a line of its own."""
    return replace(DOCUMENT, body="\n".join([head, *items, tail]).encode())


def again(before: Document, now: Document, habits: tuple[str, ...] = ()) -> Extraction:
    """What is read of the second body after the first one was recorded."""
    return extract(replace(now, known=extract(before).reading), habits=habits)


def read(found: Extraction) -> list[str]:
    """The articles that were read, by title."""
    return [one.title for one in found.articles]


def test_only_what_is_new_or_changed_is_read() -> None:
    found = again(feed(item(1), item(2), item(3)), feed(item(4), item(2, "Anders."), item(1)))
    assert [(one.title, one.part, one.parts) for one in found.articles] == [
        ("Bericht 4", 1, 3),
        ("Bericht 2", 2, 3),
    ]
    assert [one.guid for one in found.skipped] == ["id-1"]
    assert found.reading == extract(found.document).reading


def test_a_feed_that_only_lost_items_has_nothing_to_read() -> None:
    found = again(feed(item(1), item(2)), feed(item(2)))
    assert (found.articles, found.failure, found.losses) == ((), None, ())
    assert [one.guid for one in found.skipped] == ["id-2"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(
            HEAD + "<lastBuildDate>Fri, 20 Nov 2026 10:00:00 GMT</lastBuildDate>",
            HEAD + "<lastBuildDate>Fri, 20 Nov 2026 10:10:00 GMT</lastBuildDate>",
            id="when it was made",
        ),
        pytest.param(HEAD + "<!-- 0.31 s -->", HEAD + "<!-- 0.5 s -->", id="a comment"),
    ],
)
def test_a_head_that_says_nothing_of_items_may_differ(before: str, now: str) -> None:
    assert read(again(feed(item(1), head=before), feed(item(1), item(2), head=now))) == [
        "Bericht 2"
    ]


def test_a_comment_behind_the_items_may_differ() -> None:
    before = feed(item(1), tail="</channel></rss><!-- cached 10:00 -->")
    assert read(again(before, feed(item(1), item(2)))) == ["Bericht 2"]


ALL = ["Bericht 1", "Bericht 2"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(feed(item(1), item(2), head=HEAD + "<language>fr</language>"), id="language"),
        pytest.param(
            feed(item(1), item(2), head=HEAD.replace("<rss", '<rss xml:base="https://x.example/"')),
            id="base",
        ),
        pytest.param(
            feed(item(1), item(2), tail="<language>fr</language></channel></rss>"),
            id="language behind the items",
        ),
        pytest.param(
            replace(feed(item(1), item(2)), content_type="text/xml; charset=iso-8859-1"),
            id="content type",
        ),
        pytest.param(replace(feed(item(1), item(2)), url="https://x.example/rss"), id="address"),
        pytest.param(
            feed(
                item(1),
                item(2),
                head=HEAD + "<description><![CDATA[<!--]]></description><language>fr</language>"
                "<description><![CDATA[-->]]></description>",
            ),
            id="what only looks like a comment",
        ),
    ],
)
def test_another_frame_means_that_all_is_read(now: Document) -> None:
    assert read(again(feed(item(1)), now)) == ALL


def test_other_furniture_means_that_all_is_read() -> None:
    assert read(again(feed(item(1)), feed(item(1), item(2)), habits=("0123",))) == ALL


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(
            [item(1), item(2).replace("</item>", f"{item(3)}</item>")], id="an item in an item"
        ),
        pytest.param([item(1), "<ttl>60</ttl>", item(2)], id="something between items"),
        pytest.param([item(1), item(2).replace("</item>", "")], id="an item without an end"),
        pytest.param([item(1), item(2, "a &nonsense; b")], id="no XML"),
        pytest.param([item(1), "<item></item>"], id="an item without an article"),
    ],
)
def test_items_that_depend_on_others_are_not_remembered(items: list[str]) -> None:
    before = feed(*items)
    assert extract(before).reading is None


def test_a_new_item_that_is_no_xml_means_that_all_is_read() -> None:
    found = again(feed(item(1)), feed(item(1), item(2, "a &nonsense; b")))
    assert read(found) == ALL
    assert found.reading is None


def test_tags_that_are_text_are_no_items() -> None:
    before = feed(item(1, "<![CDATA[Zo begint een <item> en zo eindigt het: </item>]]>"))
    assert read(again(before, feed(item(2), before.body.decode().split("\n")[1]))) == ["Bericht 2"]


def test_a_feed_that_is_no_longer_in_its_encoding_is_read_again() -> None:
    """Without the one item that is not UTF-8 the others are: their letters were wrong before."""
    head = '<?xml version="1.0"?><rss version="2.0"><channel>'
    good, bad = item(1, "Zo’n boom."), item(2, "Zo’n boom.")
    before = feed(good, bad, head=head)
    before = replace(before, body=before.body.replace(bad.encode(), bad.encode("windows-1252")))
    assert "Zoâ€™n" in extract(before).articles[0].text
    for others in ([], [item(3)], [item(3, "Vergé.")]):
        assert "Zo’n" in again(before, feed(good, *others, head=head)).articles[0].text


def test_an_item_of_plain_letters_is_enough_to_read(subtests: pytest.Subtests) -> None:
    """Without a declaration its encoding is us-ascii, and that of the whole feed UTF-8."""
    for kind in ("text/xml", "application/xml", ""):
        with subtests.test(kind):
            head = '<?xml version="1.0"?><rss version="2.0"><channel>'
            before, now = (
                replace(feed(*items, head=head), content_type=kind)
                for items in ([item(1, "Café.")], [item(1, "Café."), item(2)])
            )
            assert read(again(before, now)) == ["Bericht 2"]


def test_each_item_of_feedparsers_own_feeds_is_the_same_without_the_others(shared: Path) -> None:
    """Nothing that one item says changes what is read of another."""
    compared = 0
    for path in sorted((shared / "feeds").rglob("*.*")):
        document = replace(DOCUMENT, body=path.read_bytes())
        whole = extract(document)
        if whole.reading is None or len(whole.articles) < 2:
            continue
        for place, article in enumerate(whole.articles):
            others = tuple(part for at, part in enumerate(whole.reading.parts) if at != place)
            known = replace(whole.reading, parts=others)
            alone = extract(replace(document, known=known))
            assert alone.articles in ((article,), whole.articles), path
            assert alone.reading == whole.reading
            compared += len(alone.articles) == 1
    assert compared >= 50

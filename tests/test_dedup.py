"""What is new: tables of what was there and what came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.dedup import canonical_link, decide, identify, is_renumbered
from watcher.model import Article, Candidate, Document, Extraction, History, Outcome, Seen

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)
TEXT = "De minister treedt af na een lang debat in de Kamer."


def article(text: str = TEXT, **values: object) -> Article:
    base = Article(
        id="",
        source="nos",
        document="d",
        part=1,
        parts=1,
        kind="article",
        title=text[:30],
        title_source="lead",
        text=text,
        seen=NOW,
    )
    return replace(base, **values)  # type: ignore[arg-type]


def candidates(*articles: Article) -> list[Candidate]:
    document = Document(source="nos", name="d", body=b"x", seen=NOW)
    return identify(Extraction(document=document, articles=articles))


def candidate(text: str = TEXT, **values: object) -> Candidate:
    return candidates(article(text, **values))[0]


def history(*earlier: Candidate, age: timedelta = timedelta(hours=1)) -> History:
    seen: dict[str, Seen] = {}
    for one in earlier:
        entry = Seen(
            article=one.article.id,
            source=one.article.source,
            story=one.article.id,
            text_key=one.text_key,
            guid=one.article.guid,
            seen=NOW - age,
        )
        for key in one.keys:
            seen.setdefault(key, entry)
    return History(now=NOW, seen=seen)


OTHER = "Een heel andere tekst over iets dat gisteren is gebeurd."
FRONT = "https://nos.example/"
PAGE = "https://www.nos.example/artikel/12"


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ({}, {}, Outcome.KNOWN),
        ({"guid": "1"}, {"guid": "1"}, Outcome.KNOWN),
        ({"guid": "1"}, {"guid": "2"}, Outcome.KNOWN),
        ({"guid": "1"}, {"guid": "2", "text": OTHER}, Outcome.NEW),
        ({"guid": "1"}, {"guid": "1", "text": OTHER}, Outcome.REVISION),
        ({"url": PAGE}, {"url": PAGE, "text": OTHER}, Outcome.REVISION),
        ({"url": PAGE}, {"url": PAGE + "?utm_source=rss#top", "text": OTHER}, Outcome.REVISION),
        ({"url": PAGE}, {"url": PAGE + "?id=3", "text": OTHER}, Outcome.NEW),
        ({"guid": "1", "url": PAGE}, {"guid": "2", "url": PAGE, "text": OTHER}, Outcome.NEW),
        (
            {"url": "https://nos.example/"},
            {"url": "https://nos.example", "text": OTHER},
            Outcome.NEW,
        ),
        ({}, {"source": "anp"}, Outcome.DUPLICATE),
        ({"guid": "1"}, {"source": "anp", "guid": "1"}, Outcome.DUPLICATE),
        ({"guid": "1"}, {"source": "anp", "guid": "1", "text": OTHER}, Outcome.NEW),
        ({"url": PAGE}, {"source": "anp", "url": PAGE, "text": OTHER}, Outcome.REVISION),
        ({}, {"text": TEXT.upper()}, Outcome.KNOWN),
        ({}, {"text": OTHER}, Outcome.NEW),
        ({"text": "Weerbericht", "guid": "1"}, {"text": "Weerbericht", "guid": "2"}, Outcome.NEW),
        ({"text": "Weerbericht"}, {"text": "Weerbericht"}, Outcome.KNOWN),
    ],
)
def test_what_an_article_is(
    before: dict[str, object], after: dict[str, object], outcome: Outcome
) -> None:
    first, second = candidate(**before), candidate(**after)  # type: ignore[arg-type]
    verdict = decide(second, history(first), window=WINDOW)
    assert verdict.outcome is outcome, verdict.reason
    expected = second.article.id if outcome is Outcome.NEW else first.article.id
    assert verdict.story == expected


def test_a_revision_that_was_recorded_is_known_the_next_time() -> None:
    first, second = candidate(guid="1"), candidate(OTHER, guid="1")
    assert decide(second, history(first, second), window=WINDOW).outcome is Outcome.KNOWN


def test_the_same_text_after_the_window_is_news_again_but_a_dropped_file_never() -> None:
    old = timedelta(hours=73)
    by_feed = decide(candidate(guid="2"), history(candidate(guid="1"), age=old), window=WINDOW)
    by_file = decide(candidate(), history(candidate(), age=old), window=WINDOW)
    assert (by_feed.outcome, by_file.outcome) == (Outcome.NEW, Outcome.KNOWN)


def test_an_id_that_a_feed_uses_twice_does_not_hide_items() -> None:
    one, two = candidates(
        article(guid="x", title="Kop een"), article(OTHER, guid="x", title="Kop twee")
    )
    assert not set(one.keys) & set(two.keys)


def test_a_link_that_all_items_of_a_feed_share_is_no_identity() -> None:
    one, two = candidates(article(url=PAGE), article(OTHER, url=PAGE))
    assert not set(one.keys) & set(two.keys)


def test_an_id_follows_from_source_and_content() -> None:
    assert candidate().article.id == candidate().article.id
    assert candidate().article.id != candidate(source="anp").article.id
    assert candidate(guid="1").article.id != candidate(OTHER, guid="1").article.id


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.NOS.example/a/?utm_source=x&b=1#c", "//nos.example/a?b=1"),
        ("http://nos.example/a", "//nos.example/a"),
        ("https://nos.example/", ""),
        ("https://nos.example/?id=1", "//nos.example?id=1"),
        ("urn:uuid:1", ""),
        ("http://[bad", ""),
        (None, ""),
    ],
)
def test_links_are_compared_without_what_does_not_matter(url: str | None, canonical: str) -> None:
    assert canonical_link(url) == canonical


def feed_of(count: int, ids: str, *, word: str = "blijft") -> list[Candidate]:
    """Items with these ids, links and texts."""
    return candidates(
        *(
            article(
                f"Het embargo op graan {word} van kracht, besluit {n} van de raad.",
                guid=f"{ids}{n}",
                url=f"https://nos.example/{n}",
            )
            for n in range(count)
        )
    )


MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    ("count", "ids", "age", "renumbered", "outcome"),
    [
        (8, "b", MONTH, True, Outcome.KNOWN),
        (8, "a", MONTH, False, Outcome.KNOWN),
        # Few new ids are no renumbering: the same words a month later are another article.
        (4, "b", MONTH, False, Outcome.NEW),
        (4, "b", timedelta(hours=1), False, Outcome.KNOWN),
    ],
)
def test_a_feed_that_renumbers_everything_brings_nothing_new(
    count: int, ids: str, age: timedelta, renumbered: bool, outcome: Outcome
) -> None:
    before = history(*feed_of(count, "a"), age=age)
    again = feed_of(count, ids)
    assert is_renumbered(again, before) is renumbered
    verdicts = [decide(one, before, window=WINDOW, renumbered=renumbered) for one in again]
    assert {one.outcome for one in verdicts} == {outcome}
    assert {one.renumbered for one in verdicts} == {renumbered}


def test_of_a_renumbered_feed_a_changed_text_is_a_revision() -> None:
    before = history(*feed_of(8, "a"))
    again = [*feed_of(8, "b")[:7], feed_of(8, "b", word="is niet meer")[7]]
    assert is_renumbered(again, before)
    verdict = decide(again[7], before, window=WINDOW, renumbered=True)
    assert (verdict.outcome, verdict.of) == (Outcome.REVISION, feed_of(8, "a")[7].article.id)


def test_what_was_not_read_again_counts_against_renumbering() -> None:
    """Five of twelve have other ids: that is not most of them."""
    before = history(*candidates(*(article(f"{TEXT} {n}", guid=f"{n}") for n in range(12))))
    again = candidates(*(article(f"{TEXT} {n}", guid=f"nieuw-{n}") for n in range(5)))
    assert is_renumbered(again, before)
    assert not is_renumbered(again, before, skipped=7)


def test_a_revision_in_the_words_of_another_source_is_a_copy() -> None:
    first = candidate(guid="1")
    other = candidate(OTHER, source="anp")
    known = history(first, other)
    told = {key: replace(one, story=first.article.id) for key, one in known.seen.items()}
    revised = candidate(OTHER, guid="1")
    verdict = decide(revised, replace(known, seen=told), window=WINDOW)
    assert (verdict.outcome, verdict.copied) == (Outcome.REVISION, 1.0)
    assert decide(revised, history(first), window=WINDOW).copied == 0.0


@pytest.mark.parametrize("guid", ["urn:1", None])
def test_a_text_that_is_sent_again_as_canceled_is_news_once(guid: str | None) -> None:
    first, canceled = candidate(guid=guid), candidate(guid=guid, status="canceled")
    expected = Outcome.REVISION if guid else Outcome.NEW
    assert decide(canceled, history(first), window=WINDOW).outcome is expected
    assert decide(canceled, history(first, canceled), window=WINDOW).outcome is Outcome.KNOWN

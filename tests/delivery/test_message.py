"""An alert in words, read as its recipient and as whoever wants to abuse it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.counts import Entry, Tally
from watcher.delivery.message import mark_hits, render, render_terminal, sparkline
from watcher.model import Alert, Article, Hit, Match, Message, RuleInfo, Severity
from watcher.notices import make_notice

NOW = datetime(2025, 12, 12, 17, 26, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
AMSTERDAM = "Europe/Amsterdam"


def words(sample: Any, language: Any = "nl", **article: Any) -> Message:
    return render(
        sample.alert,
        replace(sample.article, **article),
        sample.match,
        language=language,
        timezone=AMSTERDAM,
    )


def test_the_whole_alert_in_dutch(sample: Any) -> None:
    message = words(sample)
    assert (
        message.title == "!! Bestand Oekraïne: Turkije dringt bij Rusland aan op staakt-het-vuren"
    )
    assert message.text == (
        "Turkije dringt bij Rusland aan op »staakt-het-vuren«\n"
        "https://nieuws.example/artikel?a=1&b=2\n"
        "\n"
        "anp · ASJCHABAD (ANP/RTR) · vrijdag 12 december 2025, 18.20 uur · gezien 18.26 uur\n"
        "\n"
        "Een »staakt-het-vuren« zou van nut kunnen zijn, zei president R.T. Erdogan vrijdag.\n"
        "\n"
        "Van een »wapenstilstand« [ontkend] is nog geen sprake.\n"
        "\n"
        "Waarom: Bestand Oekraïne – Elke stap naar een bestand\n"
        "Gevonden: staakt-het-vuren, wapenstilstand\n"
        "Aanleiding: eerste bericht van dit verhaal voor deze regel\n"
        "\n"
        "Melding al-7f3a9c · regel bestand · beheer desk-buitenland"
    )


def test_the_words_in_english(sample: Any) -> None:
    lines = words(sample, "en").text.splitlines()
    assert "Friday 12 December 2025, 18:20 · seen 18:26" in lines[3]
    assert "Van een »wapenstilstand« [negated] is nog geen sprake." in lines
    assert "Reason: first report of this story for this rule" in lines
    assert lines[-1] == "Alert al-7f3a9c · rule bestand · owner desk-buitenland"


@pytest.mark.parametrize(
    ("changes", "nl", "en"),
    [
        ({"published_precision_s": 1799}, " 2025, 18.20 uur ·", " 2025, 18:20 ·"),
        ({"published_precision_s": 1800}, "2025, rond 18.20 uur ·", "2025, about 18:20 ·"),
        (
            {"published_precision_s": 86400},
            "vrijdag 12 december 2025 ·",
            "Friday 12 December 2025 ·",
        ),
        (
            {"published_source": "file"},
            "ontvangen vrijdag 12 december 2025, 18.20 uur (tijd van publicatie onbekend)",
            "received Friday 12 December 2025, 18:20 (time of publication unknown)",
        ),
        ({"published": None}, "ontvangen vrijdag 12 december 2025, 18.26", "received Friday 12"),
        (
            {"published": datetime(2026, 3, 29, 1, 5, tzinfo=UTC)},
            "zondag 29 maart 2026, 3.05 uur · gezien vrijdag 12 december",
            "Sunday 29 March 2026, 03:05 · seen Friday 12 December",
        ),
        (
            {"published": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)},
            "vrijdag 31 december 9999, 23.59 uur",
            "Friday 31 December 9999, 23:59",
        ),
    ],
)
def test_dates(sample: Any, changes: dict[str, Any], nl: str, en: str) -> None:
    assert nl in words(sample, "nl", **changes).text
    assert en in words(sample, "en", **changes).text


@pytest.mark.parametrize(
    ("severity", "kind", "start"),
    [
        (Severity.LOW, "NEW", "- Bestand"),
        (Severity.NORMAL, "UPDATE", "! VERVOLG Bestand"),
        (Severity.HIGH, "CORRECTION", "!! CORRECTIE Bestand"),
        (Severity.CRITICAL, "WITHDRAWN", "!!! INGETROKKEN Bestand"),
        (Severity.HIGH, "LATE", "!! NAGEKOMEN Bestand"),
        (Severity.HIGH, "DIGEST", "!! OVERZICHT Bestand"),
        (Severity.HIGH, "ONBEKEND", "!! Bestand"),
    ],
)
def test_severity_and_kind_open_the_title(
    sample: Any, severity: Severity, kind: str, start: str
) -> None:
    alert = replace(sample.alert, severity=severity, kind=kind)
    message = render(alert, sample.article, sample.match, language="nl", timezone=AMSTERDAM)
    assert message.title.startswith(start)


def test_an_unknown_code_keeps_its_reason(sample: Any) -> None:
    alert = replace(sample.alert, code="iets-nieuws", reason="three sources report it")
    message = render(alert, sample.article, sample.match, language="nl", timezone=AMSTERDAM)
    assert "Aanleiding: three sources report it" in message.text


@pytest.mark.parametrize(("times", "line"), [(6, "… en nog 2 keer"), (5, "… en nog 1 keer")])
def test_hits_elsewhere_are_counted(sample: Any, make_hit: Any, times: int, line: str) -> None:
    text = " ".join(f"Zin {number} met woord{number}." for number in range(times))
    hits = tuple(make_hit(text, f"woord{number}") for number in range(times))
    message = render(
        sample.alert,
        replace(sample.article, text=text, headline_end=0),
        replace(sample.match, hits=hits),
        language="nl",
        timezone=AMSTERDAM,
    )
    assert f"{line} in dit artikel" in message.text


def test_without_a_link_the_document_is_named(sample: Any) -> None:
    assert "\nstrip.txt, deel 5 van 8\n" in words(sample, url=None).text
    assert (
        "\n(link te lang om te tonen)\n"
        in words(sample, url="https://a.example/" + "x" * 2000).text
    )
    assert "javascript" not in str(words(sample, url="javascript:alert(1)"))


def test_sentences_go_before_the_link(sample: Any, make_hit: Any) -> None:
    text = "\n\n".join(f"{'Lang woord ' * 21}woord{n}{' en verder' * 60}" for n in range(4))
    url = "https://nieuws.example/" + "p" * 970
    match = replace(sample.match, hits=tuple(make_hit(text, f"woord{n}") for n in range(4)))
    rule = replace(match.rule, why="reden " * 200, title="titel " * 90, owner="x" * 900)
    message = render(
        sample.alert,
        replace(sample.article, text=text, url=url, headline_end=0, title="kop " * 300),
        replace(match, rule=rule),
        language="nl",
        timezone=AMSTERDAM,
    )
    assert len(message.text) <= 3000
    assert f"\n{url}\n" in message.text
    assert "… en nog" in message.text
    assert "»woord0«" in message.text


class Tags(HTMLParser):
    """Which elements and attributes a browser would make."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen |= {tag} | {f"{tag} {name}" for name, _ in attrs}


OURS = {
    *("html", "html lang", "head", "meta", "meta charset", "meta name", "meta content", "title"),
    *("style", "body", "h1", "p", "p class", "strong", "a", "a href", "a rel", "mark", "small"),
    *("dl", "dt", "dd"),
}


def tags(page: str) -> set[str]:
    parser = Tags()
    parser.feed(page)
    return parser.seen


def test_html_marks_the_hits_and_loads_nothing(sample: Any) -> None:
    page = words(sample).html or ""
    assert page.count("<mark>staakt-het-vuren</mark>") == 2
    assert "<mark>wapenstilstand</mark> <small>[ontkend]</small>" in page
    assert '<a href="https://nieuws.example/artikel?a=1&amp;b=2"' in page
    assert not re.search(r"src=|url\(|@import|<link", page)
    assert tags(page) <= OURS


def everywhere(sample: Any, text: str) -> tuple[Alert, Article, Match]:
    """An alert with this text in every place that is not ours."""
    rule = RuleInfo(id=text, title=text, why=text, owner=text)
    hits = (
        Hit(start=0, end=max(1, len(text) // 2), text=text, term=text, how="exact", field="body"),
    )
    article = replace(
        sample.article,
        title=text,
        text=text,
        headline_end=len(text) // 3,
        source=text,
        document=text,
        place=text,
        agencies=(text,) * 9,
        url=f"https://a.example/{text}",
    )
    return (
        replace(sample.alert, id=text, reason=text, code=text),
        article,
        Match(rule=rule, hits=hits),
    )


CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def check(message: Message) -> None:
    """What holds for every message, whatever is in it."""
    assert len(message.title) <= 78
    assert len(message.title.splitlines()) <= 1
    assert len(message.text) <= 3000
    assert not CONTROLS.search(message.title + message.text)
    (message.title + message.text + (message.html or "")).encode("utf-8")
    assert tags(message.html or "") <= OURS


def test_hostile_text_everywhere(sample: Any, hostile: str) -> None:
    alert, article, match = everywhere(sample, hostile)
    begun = time.perf_counter()
    check(render(alert, article, match, language="nl", timezone=AMSTERDAM))
    shown = render_terminal(alert, article, match, language="en", timezone=AMSTERDAM, color=True)
    took = time.perf_counter() - begun
    assert set(re.findall("\x1b[^m]*m?", shown)) <= {"\x1b[1m", "\x1b[2m", "\x1b[1;7m", "\x1b[0m"}
    assert took < 1


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.lists(st.tuples(st.integers(-5, 250), st.integers(-5, 250))))
def test_any_text_renders(text: str, other: str, spans: list[tuple[int, int]]) -> None:
    hits = tuple(
        Hit(start=start, end=end, text=text, term=other, how="exact", field="body")
        for start, end in spans
    )
    rule = RuleInfo(id=other, title=other, why=text)
    article = Article(
        id="a",
        source=other,
        document=text,
        part=1,
        parts=1,
        kind="text",
        title=other,
        title_source="lead",
        text=text,
        seen=NOW,
        headline_end=len(other),
        url=other,
    )
    alert = Alert(
        id=other,
        rule=other,
        severity=Severity.LOW,
        title=other,
        article="a",
        story="s",
        source=other,
        created=NOW,
        code=text,
        reason=text,
    )
    match = Match(rule=rule, hits=hits)
    check(render(alert, article, match, language="en", timezone="UTC"))
    render_terminal(alert, article, match, language="nl", timezone="UTC", color=True)


def test_terminal_with_and_without_color(sample: Any) -> None:
    def shown(color: bool) -> str:
        return render_terminal(
            sample.alert,
            sample.article,
            sample.match,
            language="nl",
            timezone=AMSTERDAM,
            color=color,
        )

    assert "Een \x1b[1;7mstaakt-het-vuren\x1b[0m zou" in shown(True)
    assert "\x1b" not in shown(False)
    assert "Een »staakt-het-vuren« zou" in shown(False)
    assert shown(False).startswith("!! Bestand Oekraïne: ")
    assert "Een \x1b[1;7mstaakt-het-vuren\x1b[0m zou" in mark_hits(shown(False))


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((), ""),
        ((0, 0), ""),
        ((0, 1), ""),
        ((0, 2), "·█ (2)"),
        ((1, 0, 8, 4), "▁·█▄ (13)"),
        ((1, 1000), "▁█ (1001)"),
    ],
)
def test_the_days_of_a_rule_are_bars(counts: tuple[int, ...], shown: str) -> None:
    assert sparkline(counts) == shown


def test_an_alert_shows_how_often_its_rule_found_something(sample: Any) -> None:
    busy = replace(sample.match, trend=(0, 3, 1))
    text = render(sample.alert, sample.article, busy, language="nl", timezone=AMSTERDAM).text
    assert "Laatste 14 dagen: ·█▃ (4)" in text


# --- alerts about numbers, and notices ---------------------------------------------------------


def counted(sample: Any, count: int, *entries: Entry) -> Any:
    tally = Tally(
        count=count, what="article", span_s=7200, sources=4, usual=1.25, entries=entries
    )  # fmt: skip
    return replace(sample, alert=replace(sample.alert, code="volume", tally=tally))


ENTRIES = (
    Entry(title="Kyiv wil praten", source="nos", url="https://nos.example/1"),
    Entry(title="Moskou\x1b zwijgt @everyone", source="rtl", url="javascript:alert(1)"),
)


def test_an_alert_about_a_number_says_it_and_lists_the_others(sample: Any) -> None:
    message = words(counted(sample, 5, *ENTRIES))
    assert message.title == "!! Bestand Oekraïne: 5 artikelen uit 4 bronnen in 2 uur"
    assert (
        "Ook geteld:\n"
        "– Kyiv wil praten (nos)\n"
        "https://nos.example/1\n"
        "– Moskou zwijgt @everyone (rtl)\n"
        "… en nog 2\n\n"
    ) in message.text
    reason = "5 artikelen uit 4 bronnen in 2 uur; gewoonlijk 1,2 per dag"
    assert f"Aanleiding: {reason}\n" in message.text
    assert message.html is not None
    assert '<a href="https://nos.example/1" rel="noreferrer">' in message.html
    assert "javascript" not in message.html
    assert "Also counted:" in words(counted(sample, 3, *ENTRIES), "en").text


def test_what_is_listed_goes_before_the_message_is_too_long(sample: Any) -> None:
    long = Entry(title="kop " * 60, source="nos", url="https://nos.example/" + "x" * 220)
    message = words(counted(sample, 99, *(long,) * 20))
    assert len(message.text) <= 3000
    assert "Aanleiding:" in message.text


def test_a_notice_says_itself_what_it_is_about(sample: Any) -> None:
    title = "Regel “Bestand” vond 24 uur niets"
    notice = make_notice(
        "lull", "r", title=title, text="Laatste treffer: gisteren.", now=NOW, language="nl"
    )
    alert = replace(sample.alert, code="silence", reason="nothing found for 24 h")
    message = render(
        alert, notice, replace(sample.match, hits=()), language="nl", timezone=AMSTERDAM
    )
    assert message.title == f"!! {title}"
    assert message.text.startswith(
        f"{title}\n\nnews-watcher · vrijdag 12 december 2025, 18.26 uur\n\n"
        "Laatste treffer: gisteren.\n\nWaarom: Bestand Oekraïne"
    )
    assert "Gevonden" not in message.text


def test_a_line_that_is_only_an_address_is_our_link(sample: Any) -> None:
    other = "https://kwaad.example/x"
    sample = replace(sample, match=replace(sample.match, hits=()))
    text = words(sample, title=other, text=other, headline_end=len(other)).text
    assert f"“{other}”\n{sample.article.url}\n" in text

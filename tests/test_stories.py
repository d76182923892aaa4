"""Copies, follow-ups, forms and notices: which article belongs to which story."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from watcher.model import Article, Earlier, Nearby, Outcome, Verdict
from watcher.stories import changes, notice_of, place

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_HEADLINE = "Brand verwoest molen in Wieringen"
_PARAGRAPHS = (
    "WIERINGEN (ANP) - Een brand heeft in de nacht van zaterdag op zondag de oudste molen van "
    "Wieringen verwoest. Twaalf bewoners van huizen in de buurt brachten zich in veiligheid.",
    "Volgens commandant Hoekstra van de brandweer sloegen de vlammen om drie uur uit de kap. "
    "Door de harde wind was er geen redden meer aan, al kwamen er wagens uit vier dorpen.",
    "De korenmolen uit 1726 was vorig jaar voor 840.000 euro gerestaureerd. Molenaar Dekker, die "
    "er met zijn gezin boven de maalderij woonde, was op bezoek bij familie in Alkmaar.",
    "Burgemeester Visser sprak van een zwarte dag voor het eiland. De politie onderzoekt of "
    "vuurwerk de oorzaak is, want in de avond hadden jongeren bij de dijk pijlen afgestoken.",
)
_TEXT = "\n\n".join((_HEADLINE, *_PARAGRAPHS))
_BRIEF = (
    "SCHAGEN (ANP) - Een vrachtwagen met bloembollen is woensdag op de provinciale weg bij "
    "Schagen gekanteld. De chauffeur brak een been, melden hulpdiensten."
)


def _article(text: str, headline: str = "", **others: object) -> Article:
    return Article(
        id="later",
        source="krant",
        document="feed",
        part=1,
        parts=1,
        kind="article",
        title=headline,
        title_source="headline",
        text=text,
        headline_end=len(headline),
        seen=_NOW,
        **{"language": "nl", **others},  # type: ignore[arg-type]
    )


def _placed(article: Article, earlier: str, headline: str = "") -> Verdict:
    known = Earlier(
        article="first",
        source="bureau",
        story="story",
        text=earlier,
        headline_end=len(headline),
        language="nl",
        seen=_NOW,
    )
    new = Verdict(outcome=Outcome.NEW, story=article.id)
    return place(article, new, Nearby(articles=(known,), total=500))


def _text(*paragraphs: str, headline: str = _HEADLINE) -> str:
    return "\n\n".join((headline, *paragraphs))


def _reworded(text: str, share: float) -> str:
    """The text with so many of its words exchanged."""
    chance = random.Random(4)
    words = text.split(" ")
    for at in chance.sample(range(len(words)), int(share * len(words))):
        words[at] = f"anders{at}"
    return " ".join(words)


_COPIES = {
    "the same text": _TEXT,
    "another headline": _text(*_PARAGRAPHS, headline="Oude korenmolen gaat in vlammen op"),
    "cut to a third": _text(_PARAGRAPHS[0], _PARAGRAPHS[1][:60]),
    "cut from the front": _text(*_PARAGRAPHS[2:]),
    "furniture added": _text(
        "Lees voor", "Foto: ANP", *_PARAGRAPHS, "Lees ook: het weer", "Alle rechten voorbehouden"
    ),
    "paragraphs reordered": _text(*(_PARAGRAPHS[at] for at in (2, 0, 3, 1))),
    "5 % of words changed": _text(*(_reworded(each, 0.05) for each in _PARAGRAPHS)),
    "10 % of words changed": _text(*(_reworded(each, 0.10) for each in _PARAGRAPHS)),
    "15 % of words changed": _text(*(_reworded(each, 0.15) for each in _PARAGRAPHS)),
    "one number corrected": _TEXT.replace("840.000", "480.000"),
    "one number written out": _TEXT.replace("Twaalf", "12"),
    "a lead of its own": _text("De eilanders zijn hun trots kwijt.", *_PARAGRAPHS),
    "capitals and line ends": _TEXT.upper().replace("\n\n", "\n\n\n"),
}


@pytest.mark.parametrize("text", _COPIES.values(), ids=list(_COPIES))
def test_a_copy_is_found_however_it_was_edited(text: str) -> None:
    headline = text.partition("\n")[0]
    verdict = _placed(_article(text, headline), _TEXT, _HEADLINE)
    assert (verdict.outcome, verdict.story, verdict.of) == (Outcome.DUPLICATE, "story", "first")
    assert verdict.copied >= 0.5
    assert verdict.reported_by == ("bureau",)


def test_a_copy_with_another_figure_names_it() -> None:
    verdict = _placed(_article(_COPIES["one number corrected"], _HEADLINE), _TEXT, _HEADLINE)
    assert verdict.corrected == ("480000",)


def test_a_number_that_is_mended_in_four_places_is_no_form() -> None:
    text = _text(
        *_PARAGRAPHS,
        "Het bedrag van 12 miljoen is nodig. Van die 12 miljoen betaalt het rijk een deel; de "
        "provincie noemt 12 miljoen te veel en houdt 12 miljoen voor een schatting.",
    )
    mended = text.replace("12 miljoen", "14 miljoen")
    assert _placed(_article(mended, _HEADLINE), text, _HEADLINE).outcome is Outcome.DUPLICATE


_BRIEFS = {
    "the same": _BRIEF,
    "another dateline": _BRIEF.replace("SCHAGEN (ANP)", "SCHAGEN (Belga)"),
    "behind a headline": f"Vrachtwagen met bollen gekanteld\n\n{_BRIEF}",
    "in a strip's words": f"{_BRIEF}\n\n12 minuten geleden",
    "a word changed": _BRIEF.replace("brak een been", "brak een arm"),
}


@pytest.mark.parametrize("text", _BRIEFS.values(), ids=list(_BRIEFS))
def test_a_brief_of_twenty_words_is_found_too(text: str) -> None:
    assert _placed(_article(text), _BRIEF).outcome is Outcome.DUPLICATE


_FORMS = {
    "weather": (
        "Weerbericht\n\nVandaag wordt het 12 graden in het noorden en 15 graden in het zuiden. De "
        "wind is matig tot krachtig, windkracht 5, en er valt 3 millimeter regen in de middag.",
        "Weerbericht\n\nVandaag wordt het 21 graden in het noorden en 24 graden in het zuiden. De "
        "wind is matig tot krachtig, windkracht 4, en er valt 0 millimeter regen in de middag.",
    ),
    "stocks": (
        "Beurs sluit\n\nDe AEX sloot op 912,35 punten, een winst van 0,8 procent. De Midkap "
        "eindigde op 845,10 punten. Het Damrak volgde de beurzen in Parijs en Frankfurt, waar de "
        "handel 1,2 en 1,4 procent hoger uitkwam.",
        "Beurs sluit\n\nDe AEX sloot op 903,11 punten, een winst van 0,2 procent. De Midkap "
        "eindigde op 841,77 punten. Het Damrak volgde de beurzen in Parijs en Frankfurt, waar de "
        "handel 0,3 en 0,6 procent hoger uitkwam.",
    ),
    "matches": (
        "Uitslag\n\nDe wedstrijd werd met 3 tegen 1 gewonnen na een ruststand van 2 tegen 0. Er "
        "waren 8.400 toeschouwers en de scheidsrechter gaf 5 gele kaarten in de tweede helft.",
        "Uitslag\n\nDe wedstrijd werd met 4 tegen 2 gewonnen na een ruststand van 1 tegen 1. Er "
        "waren 6.100 toeschouwers en de scheidsrechter gaf 3 gele kaarten in de tweede helft.",
    ),
    "two events under one headline": (
        "Man aangehouden na steekpartij\n\nBij een ruzie voor een café in Groningen is "
        "zaterdagnacht een student uit Haren gewond geraakt aan zijn hals. De dader is een "
        "kok, zegt woordvoerder Postma van het parket.",
        "Man aangehouden na steekpartij\n\nEen buschauffeur is in Maastricht door een passagier "
        "zonder kaartje met een mes bedreigd en in zijn arm geraakt. Vervoerder Arriva doet "
        "aangifte, aldus Janssens.",
    ),
    "one place, two events": (
        "Overval in Wieringen\n\nEen juwelier in Wieringen is beroofd van horloges.",
        _TEXT,
    ),
}


@pytest.mark.parametrize(("text", "earlier"), _FORMS.values(), ids=list(_FORMS))
def test_forms_and_other_events_stay_apart(text: str, earlier: str) -> None:
    headline, first = text.partition("\n")[0], earlier.partition("\n")[0]
    verdict = _placed(_article(text, headline), earlier, first)
    assert (verdict.outcome, verdict.story) == (Outcome.NEW, "later")


def test_another_text_about_the_event_is_a_follow_up() -> None:
    headline = "Vuurwerk oorzaak van molenbrand Wieringen"
    text = (
        f"{headline}\n\nDe brand die zondag de molen van Wieringen verwoestte, is ontstaan door "
        "vuurwerk. Dat zegt commandant Hoekstra na onderzoek. Molenaar Dekker wil herbouwen; "
        "burgemeester Visser steunt hem."
    )
    verdict = _placed(_article(text, headline), _TEXT, _HEADLINE)
    assert (verdict.outcome, verdict.story) == (Outcome.FOLLOW_UP, "story")
    assert 0.1 < verdict.novelty < 0.8


def test_a_revision_keeps_its_story() -> None:
    revision = Verdict(outcome=Outcome.REVISION, story="own", of="before")
    assert place(_article(_TEXT), revision, Nearby()).story == "own"


_NOTICES = [
    ("Rectificatie: brand in molen", "", "correction"),
    ("CORRECTIE Brand in molen", "", "correction"),
    ("Correction: mill fire", "", "correction"),
    ("Corrected: mill fire", "", "correction"),
    ("Berichtigung: Brand in Mühle", "", "correction"),
    ("Korrektur: Brand in Mühle", "", "correction"),
    ("Rectificatif : incendie d'un moulin", "", "correction"),
    ("Brand", "In een eerdere versie van dit bericht stond dat er doden vielen.", "correction"),
    ("Brand", "Eerder stond hier ten onrechte dat er doden vielen.", "correction"),
    ("Brand", "De molen brandde af. Correctie: het was een gemaal.", "correction"),
    ("Fire", "An earlier version of this article said people had died.", "correction"),
    ("Brand", "In einer früheren Version hieß es, es gebe Tote.", "correction"),
    ("BERICHT INGETROKKEN Brand", "", "withdrawn"),
    ("Let op: ingetrokken, brand in molen", "", "withdrawn"),
    ("KILL: mill fire", "", "withdrawn"),
    ("Retraction: mill fire", "", "withdrawn"),
    ("Meldung zurückgezogen: Brand", "", "withdrawn"),
    ("Brand in molen", "De beurs beleefde een correctie. Meer niet.", ""),
    ("Killer gepakt", "De politie hield de man aan.", ""),
    ("Motie ingetrokken door oppositie", "De Kamer stemt niet.", ""),
    ("Fire", "The Department of Corrections said so.", ""),
]


@pytest.mark.parametrize(("headline", "body", "notice"), _NOTICES)
def test_notices_are_read_in_four_languages(headline: str, body: str, notice: str) -> None:
    assert notice_of(_article(f"{headline}\n\n{body}", headline)) == notice


def test_what_an_agency_cancels_is_withdrawn() -> None:
    assert notice_of(_article(_TEXT, _HEADLINE, status="canceled")) == "withdrawn"


def test_a_correction_is_no_copy_of_what_it_corrects() -> None:
    headline = f"Rectificatie: {_HEADLINE}"
    text = _text(*_PARAGRAPHS, headline=headline).replace("840.000", "480.000")
    verdict = _placed(_article(text, headline), _TEXT, _HEADLINE)
    assert (verdict.outcome, verdict.notice) == (Outcome.FOLLOW_UP, "correction")
    assert verdict.copied == 0
    assert verdict.corrected == ("480000",)


def test_with_near_at_one_only_the_same_text_is_one_story() -> None:
    """For desks that want every copy."""
    text = "Het kabinet verhoogt de premie met elf euro per maand, zei de minister na afloop."
    one, other = (
        Article(
            id=name, source=name, document="d", part=1, parts=1, kind="article", title="t",
            title_source="lead", text=text + more, seen=datetime(2026, 11, 20, tzinfo=UTC),
        )
        for name, more in (("a", ""), ("b", " Kijk ook op de site."))
    )  # fmt: skip
    earlier = Earlier(
        article="a", source="a", story="a", text=one.text, headline_end=0, language=None,
        seen=one.seen,
    )  # fmt: skip
    near = Nearby(articles=(earlier,))
    new = Verdict(outcome=Outcome.NEW, story="b")
    assert place(other, new, near).story == "a"
    assert place(other, new, near, alike=1).story == "b"


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("Een. Twee.", "Een. Twee.", ()),
        ("Kop\n\nEen zin. Twee zin.", "Kop\n\nEen zin. Drie zin.", ("- Twee zin.", "+ Drie zin.")),
        ("Een zin.", "Nieuw bovenaan.\n\nEen zin.", ("+ Nieuw bovenaan.",)),
        ("Een zin. Weg ermee.", "Een zin.", ("- Weg ermee.",)),
    ],
)
def test_the_changes_of_a_revision_are_its_sentences(
    before: str, after: str, lines: tuple[str, ...]
) -> None:
    assert changes(before, after) == lines


def test_a_live_blog_that_grows_above_its_times_corrects_nothing() -> None:
    first = "10.05 uur - Zeven kapiteins liggen in Delfzijl aan de ketting, zegt Harkema."
    second = "11.15 uur - Burgemeester Visser van Delfzijl noemt het embargo een ramp."
    earlier = _text(first)
    verdict = _placed(_article(_text(second, first), _HEADLINE), earlier, _HEADLINE)
    assert verdict.corrected == ()


def test_a_correction_in_its_own_words_names_its_numbers() -> None:
    headline = f"Correctie: {_HEADLINE}"
    body = f"In een eerder bericht stond dat de molen uit 1726 is. Dat is 1762. {_PARAGRAPHS[2]}"
    verdict = _placed(_article(f"{headline}\n\n{body}", headline), _TEXT, _HEADLINE)
    assert (verdict.notice, verdict.corrected) == ("correction", ("1762",))


@pytest.mark.parametrize(
    ("headline", "notice"),
    [
        ("*** KILL *** Molen in De Cocksdorp verwoest", "withdrawn"),
        ("(INGETROKKEN) Molen in De Cocksdorp verwoest", "withdrawn"),
        ("MANDATORY KILL: molen verwoest", "withdrawn"),
        ("Ingetrokken: molen verwoest", "withdrawn"),
        ("Ingetrokken vergunning: molen blijft dicht", ""),
        ("Kill Bill draait weer in Den Burg", ""),
        ("Retracted study cited by ministers", ""),
        ("Kill-switch in Chinese omvormers", ""),
    ],
)
def test_a_headline_that_begins_with_such_a_word_is_no_notice(headline: str, notice: str) -> None:
    assert notice_of(_article(f"{headline}\n\nTekst.", headline)) == notice


def test_what_an_earlier_version_said_may_stand_in_brackets() -> None:
    text = "De molen is van 1762.\n\n(Correctie: in een eerdere versie stond 1726.)"
    assert notice_of(_article(text)) == "correction"

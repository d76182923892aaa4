"""What of two texts is compared, and how alike they are."""

from __future__ import annotations

import time

import pytest

from watcher.likeness import (
    LEADING,
    SPARE_SKETCH,
    Weights,
    changed_figures,
    contained,
    headline_novelty,
    is_same_event_abroad,
    novelty,
    profile,
    same_figures,
    similarity,
    traces,
)

_FEW = Weights({}, 0)


def _numbers(text: str) -> set[str]:
    return {term for term in profile(text, 0).terms if term.startswith("#")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("84.000 woningen", "84000 woningen"),
        ("1.250.000 woningen", "1250000 woningen"),
        ("1,75 procent", "1.75 procent"),
        ("2,50 procent", "2,5 procent"),
        ("3,0 procent", "3 procent"),
        ("zes doden", "6 doden"),
        ("veertig doden", "40 doden"),
        ("six dead", "6 dead"),
        ("fünf Tote", "5 Tote"),
        ("zwölf Tote", "twaalf doden"),
        ("vingt morts", "20 morts"),
        ("tweehonderd mensen", "200 mensen"),
    ],
)
def test_a_number_is_the_same_in_every_spelling(one: str, other: str) -> None:
    assert _numbers(one) == _numbers(other) != set()


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,75", "17,5"), ("84.000", "84"), ("12.30", "12.03"), ("zes", "zestien"), ("100", "1000")],
)
def test_other_numbers_stay_apart(one: str, other: str) -> None:
    assert _numbers(one) != _numbers(other)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("het gesprek met Bakker duurde lang", True),
        ("Het duurde lang. Bakker zweeg.", False),
        ("Het duurde lang! Bakker zweeg.", False),
        ("Hij zei: “Bakker zweeg.”", False),
        ("Eerst dit\nBakker zweeg", False),
        ("Bakker zweeg", False),
        ("Bakker zweeg, maar Bakker wist het", True),
        ("in Noord-Bakker, bij Bakker", True),
    ],
)
def test_a_capital_at_the_start_of_a_sentence_is_no_name_for_sure(text: str, sure: bool) -> None:
    one = profile(text, 0)
    assert ("@bakker" in one.names) is sure
    assert "@bakker" in one.terms


def test_a_name_in_the_headline_and_in_the_text_is_one_term() -> None:
    one = profile("Bakker zwijgt\n\nDe vraag was of Bakker iets wist.", 13)
    assert one.names == {"@bakker"}
    assert one.headline == {"@bakker", "bakker", "zwijgt"}


def test_parts_of_an_address_are_no_words() -> None:
    one = profile("Lees verder op www.voorbeeld.nl over molens", 0)
    assert "voorbe" not in one.terms
    assert "molens" in one.terms
    assert not any("\x00" in term for term in one.terms)


_BODY = "De brand in de molen van Wieringen brak uit om zes uur en er raakten 12 mensen gewond"


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (_BODY, _BODY, 1.0),
        (_BODY, _BODY.upper(), 1.0),
        (_BODY, f"Iets vooraf dat er niets toe doet. {_BODY}. En nog iets erna.", 1.0),
        (_BODY, _BODY.replace(" ", "\u00a0"), 1.0),
        (_BODY, "Heel iets anders staat hier en dat heeft er niets mee te maken", 0.0),
        ("drie woorden samen", "drie woorden samen", 1.0),
        ("twee woorden", "twee woorden", 1.0),
        ("", "", 1.0),
        ("", "iets dat er staat", 0.0),
    ],
)
def test_the_share_of_the_shorter_text_that_the_other_has(
    one: str, other: str, share: float
) -> None:
    assert contained(profile(one, 0), profile(other, 0))[0] == share
    assert contained(profile(other, 0), profile(one, 0))[0] == share


@pytest.mark.parametrize(
    ("one", "other", "changed", "same"),
    [
        ("er vielen 12 doden bij", "er vielen 14 doden bij", ("12",), 0),
        ("er vielen 12 doden bij", "er vielen twaalf doden bij", (), 1),
        ("er vielen 12 doden", "toen raakten 14 gewond", (), 0),
        ("van 3 naar 5 graden", "van 4 naar 5 graden", ("3",), 1),
        ("84.000 woningen", "85.000 woningen", ("84000",), 0),
        ("12", "14", ("12",), 0),
        ("geen getal", "ook geen", (), 0),
    ],
)
def test_figures_are_compared_where_they_stand(
    one: str, other: str, changed: tuple[str, ...], same: int
) -> None:
    mine, theirs = profile(one, 0), profile(other, 0)
    assert changed_figures(mine, theirs) == changed
    assert same_figures(mine, theirs) == same


def test_rare_terms_in_common_count_for_more() -> None:
    one = profile("de brand in de molen van Wieringen verwoestte het archief", 0)
    other = profile("bij Wieringen ging een molen met een archief verloren", 0)
    rare = similarity(one, other, Weights({"@wiering": 0}, 1_000))
    daily = similarity(one, other, Weights({"@wiering": 400}, 1_000))
    assert 0.3 < daily < rare < 1


def test_two_words_at_least_are_shared_by_texts_of_one_language() -> None:
    one = profile("een overval in Wieringen op 12 banken", 0)
    other = profile("het weer voor Wieringen is 12 graden", 0)
    assert similarity(one, other, _FEW) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "een aanslag in Peshawar kostte 31 mensen het leven, zegt Khan",
            "an attack in Peshawar killed 31 people, minister Khan said",
            True,
        ),
        ("een aanslag in Peshawar", "an attack in Peshawar by the Khan group", False),
        ("een brand met 31 doden in Lier", "a fire left 31 dead in Porto", False),
    ],
)
def test_names_and_figures_tell_an_event_in_another_language(
    one: str, other: str, same: bool
) -> None:
    assert is_same_event_abroad(profile(one, 0), profile(other, 0), _FEW) is same


def test_what_is_new_is_what_was_not_said() -> None:
    one = profile("Molen in brand\n\nIn Wieringen brandde een molen af.", 14)
    assert novelty(one, frozenset(one.terms)) == 0
    assert novelty(one, frozenset()) == 1
    assert headline_novelty(one, frozenset({"molen"})) == 0.5
    assert novelty(profile("", 0), frozenset()) == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n\n ", id="blank"),
        pytest.param("7", id="one digit"),
        pytest.param("1 " * 300_000, id="only digits"),
        pytest.param("9" * 1_000_000, id="one number"),
        pytest.param("1." * 500_000, id="a number of stops"),
        pytest.param("a" * 1_000_000, id="one word"),
        pytest.param("a-" * 500_000, id="one word of hyphens"),
        pytest.param("A'" * 500_000, id="one word of quotes"),
        pytest.param("." * 1_000_000, id="only stops"),
        pytest.param("\n" * 1_000_000, id="only line ends"),
        pytest.param("é" * 1_000_000, id="accents"),
        pytest.param("\ud800 half " * 1_000, id="half characters"),
        pytest.param("\x00\x00 nul \x00", id="nul"),
        pytest.param("Ω≈ç√ мир 世界 " * 10_000, id="other scripts"),
    ],
)
def test_whatever_comes_has_traces_soon(text: str) -> None:
    start = time.perf_counter()
    found = traces(text, min(len(text), 20))
    assert time.perf_counter() - start < 2
    assert 1 <= len(found.runs) <= SPARE_SKETCH
    assert len(found.terms) <= LEADING
    assert all(0 <= each < 2**32 for each in found.runs)
    assert all(2**32 <= each < 2**33 for each in found.terms.values())

"""Terms and conditions: what they find, where, and how."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.model import Article, RuleInfo
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import MAX_HITS, RuleSet
from watcher.rules.rule import Rule, Term


def article(text: str, *, headline: str = "", language: str | None = None) -> Article:
    return Article(
        id="a",
        source="s",
        document="d",
        part=1,
        parts=1,
        kind="article",
        title="t",
        title_source="lead",
        text=f"{headline}\n\n{text}" if headline else text,
        headline_end=len(headline),
        seen=datetime(2026, 1, 1, tzinfo=UTC),
        language=language,
    )


def rule_set(match: str, extra: str = "") -> RuleSet:
    """The compiled rule set of one rule with this `match:`; extra stands before `rules:`."""
    text = f"{extra}\nrules:\n  - id: r\n    tests: [{{match: x}}]\n    match: {match}\n"
    file = parse_rules(text, "r.yaml")
    rules, problems = link([file])
    assert [*file.problems, *problems] == []
    return RuleSet(rules)


def hits(match: str, text: str, **values: str) -> list[str]:
    found = rule_set(match, values.pop("extra", "")).match(article(text, **values))
    return [hit.text for one in found for hit in one.hits]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("embargo", "Het EMBARGO op olie.", ["EMBARGO"]),
        ("embargo", "Embargo's zijn zeldzaam.", ["Embargo's"]),
        ("embargo", "Een olie-embargo dreigt.", ["embargo"]),
        ("embargo", "Een wapenembargo, embargobesluiten.", ["wapenembargo", "embargobesluiten"]),
        ("pate", "Een paté.", ["paté"]),
        ("cafe", "Het café.", ["café"]),
        ("fluit", "Zij flüit.", ["flüit"]),
        ("passe", "Het is passé.", []),
        ("genre", "Het génre en het genre.", ["génre", "genre"]),
        ("onderdeel", "Elk ónderdeel.", ["ónderdeel"]),
        ("embargo", "De embarcatie en het embargado.", []),
        ("leger", "De legering en het belegerde leger.", ["leger"]),
        ("leger", "Het grondleger en de legertop.", ["grondleger", "legertop"]),
        ("bom", "De bomen en de bommen.", ["bommen"]),
        ("premier", "De première en de premiers.", ["premiers"]),
        (
            "Oekraïne",
            "Het Oekraïnereferendum en Oekraïnes graan.",
            ["Oekraïnereferendum", "Oekraïnes"],
        ),
        ("Rusland", "Wit-Rusland, pro-Rusland en Witrusland.", ["Rusland"]),
        ("Van den Broek", "Karin van den Broek en broek van den broek.", ["van den Broek"]),
        ("EU", "Kijk op europa.eu/EU of mail EU@europa.eu, zegt de EU.", ["EU"]),
        ("VN", "De V.N. vergadert.", ["V.N."]),
        ("WHO", "THE WHO KOMT NAAR NEDERLAND", []),
        ("NAVO", "NAVO KOMT BIJEEN", ["NAVO"]),
        ("import|verbod", "Een importverbod.", ["importverbod"]),
        (
            "import|verbod",
            "Een import-verbod en import verbod.",
            ["import-verbod", "import verbod"],
        ),
        ("import|verbod", "Import- en exportverbod.", ["Import- en exportverbod"]),
        ("wapen|export", "Wapenhandel en -export.", ["Wapenhandel en -export"]),
        ("mond- en klauwzeer", "Er is mond- en klauwzeer.", ["mond- en klauwzeer"]),
        ("mond-en-klauwzeer", "Er is mond- en klauwzeer.", ["mond- en klauwzeer"]),
        ("spion", "Twee spionnen.", ["spionnen"]),
        ("rente", "De reële rente.", ["rente"]),
        ("evacueren", "Zij zijn geëvacueerd, men evacueert.", ["geëvacueerd", "evacueert"]),
        ("overlijden", "Hij overleed; zij is overleden.", ["overleed", "overleden"]),
        ("plat|leggen", "De storing legde de site plat.", ["legde de site plat"]),
        ("'Russisch*'", "De Wit-Russische president.", []),
        ("toe|treden", "Het land trad toe in 2004.", ["trad toe"]),
        ("toe|treden", "Het land treedt in 2027 toe.", ["treedt in 2027 toe"]),
        ("toe|treden", "Het is toegetreden.", ["toegetreden"]),
        ("toe|treden", "Het hoopt toe te treden.", ["toe te treden"]),
        ("toe|treden", "Hij treedt op in Carré en geeft dat toe.", []),
        ("toe|treden", "Hij treedt aan. Dat komt hem toe.", []),
        (r"'/CVE-\d{4}-\d+/'", "Lek CVE-2026-1234 is gedicht.", ["CVE-2026-1234"]),
        (r"'/\bne\b/'", "Oekraïne: ne.", ["ne"]),
        ("{term: verbod, compound: none}", "Verbod, rookverbod.", ["Verbod"]),
        ("{term: verbod, compound: left}", "Rookverbod, verbodsbord.", ["Rookverbod"]),
        ("{term: verbod, compound: right}", "Rookverbod, verbodsbord.", ["verbodsbord"]),
        (
            "{term: kind, forms: [peuters], compound: none}",
            "Kind, kinderen, peuters.",
            ["Kind", "peuters"],
        ),
        ("{term: kind, forms: none, compound: none}", "Kind, kinderen.", ["Kind"]),
        ("{term: Apache, case: exact}", "Apache, apache, APACHE.", ["Apache"]),
        ("{term: NAVO, case: fold}", "navo, NAVO.", ["navo", "NAVO"]),
        ("{term: Zénith, accents: exact}", "Zénith, Zenith.", ["Zénith"]),
        ("embargo", "Een em-\nbargo op graan.", ["em-\nbargo"]),
        ("Oekraïne", "OekraÃ¯ne en Oekra&iuml;ne.", ["OekraÃ¯ne", "Oekra&iuml;ne"]),
        ("Oekraïne", "De oorlog in Oekraine.", ["Oekraine"]),
        ("Oekraine", "De oorlog in OEKRAÏNE.", ["OEKRAÏNE"]),
        ("staakt-het-vuren", "Een staakt‑het‑vuren.", ["staakt‑het‑vuren"]),
        ("staakt-het-vuren", "Het staakt het vuren duurt.", ["staakt het vuren"]),
        ("staakt-het-vuren", "Het staakthetvuren duurt.", ["staakthetvuren"]),
        ("staakt-het-vuren", "Hij staakt. Het vuren ging door.", []),
        ("no-flyzone", "Een no fly zone of no-flyzone.", ["no-flyzone"]),
        ("Europese Unie", "De Europese\nUnie wil het.", ["Europese\nUnie"]),
        ("Europese Unie", "De Europese  Unie wil het.", ["Europese  Unie"]),
        ("Europese Unie", "Europese\n\nUnie", []),
        ("Europese Unie", "Wel Europese. Unie van Utrecht.", []),
        ("EU", "De EU en eu en Eu, EU-leiders.", ["EU", "EU"]),
        ("NAVO", "De NAVO, de Navo, de navo.", ["NAVO", "Navo"]),
        ("Poetin", "Poetin at poetin.", ["Poetin"]),
        ("toetred*", "Zij toetreden, toetreding en treden toe.", ["toetreden", "toetreding"]),
        ("'*verbod'", "Rookverbod, verbod en verboden.", ["Rookverbod", "verbod"]),
        ("'*embargo*'", "Wapenembargo's en embargobesluit.", ["Wapenembargo", "embargobesluit"]),
        ("'minister* van Handel'", "De ministers van Handel.", ["ministers van Handel"]),
        ("=EU", "EU, eu, EU-top, ÉU.", ["EU", "EU"]),
        ("=coup", "Coup, coup, coupé.", ["coup"]),
        ("=staakt-het-vuren", "staakt het vuren, staakt-het-vuren", ["staakt-het-vuren"]),
        ("'12:30'", "Om 12:30 uur, niet 112:305.", ["12:30"]),
        ("straße", "In de Strasse en de STRASSE.", ["Strasse", "STRASSE"]),
        ("em­bargo", "Een em\u00adbargo met afbreekteken.", ["em\u00adbargo"]),
    ],
)
def test_a_term_finds(term: str, text: str, expected: list[str]) -> None:
    assert hits(term, text) == expected


@pytest.mark.parametrize(
    ("match", "text", "expected"),
    [
        ("[a1, b2]", "b2", True),
        ("{any: [a1, b2]}", "c3", False),
        ("{all: [a1, b2]}", "a1 b2", True),
        ("{all: [a1, b2]}", "a1", False),
        ("{all: [a1, {none: [b2]}]}", "a1", True),
        ("{all: [a1, {none: [b2]}]}", "a1 b2", False),
        ("{none: [a1]}", "b2", True),
        ("{none: [a1]}", "a1", False),
        ("{all: [{any: [a1, b2]}, {any: [c3, {all: [d4, e5]}]}]}", "b2 d4 e5", True),
        ("{all: [{any: [a1, b2]}, {any: [c3, {all: [d4, e5]}]}]}", "b2 d4", False),
        ("{any: [a1, {none: [b2]}]}", "c3", True),
        ("{near: [a1, b2], within: 2}", "a1 x y b2", True),
        ("{near: [a1, b2], within: 2}", "a1 x y z b2", False),
        ("{near: [a1, b2], within: 2}", "b2 x. Y a1", True),
        ("{near: [a1, b2], within: 9}", "a1.\n\nb2", False),
        ("{near: [a1, b2], within: 2, ordered: true}", "b2 a1", False),
        ("{near: [a1, b2], within: 2, ordered: true}", "b2 a1 b2", True),
        ("{near: [a1, b2, c3], within: 1}", "c3 x a1 x b2", True),
        ("{near: [a1, b2, c3], within: 1}", "a1 x b2 x x c3", False),
        ("{near: [a1, [b2, c3]], within: 0}", "c3 a1", True),
        ("{near: [a1, a1], within: 3}", "a1", False),
        ("{near: [a1, a1], within: 3}", "a1 en a1", True),
        ("{near: [minister, 'af|treden'], within: 3}", "Gisteren trad minister Jan af.", True),
        ("{same: sentence, of: [a1, b2]}", "Een a1 en b2.", True),
        ("{same: sentence, of: [a1, b2]}", "Een a1. Een b2.", False),
        ("{same: sentence, of: [a1, b2]}", "Een a1 van drs. P. Jansen met b2.", True),
        ("{same: paragraph, of: [a1, b2]}", "Een a1. Een b2.", True),
        ("{same: paragraph, of: [a1, b2]}", "Een a1.\n\nEen b2.", False),
        ("{at_least: 2, of: [a1, b2, c3]}", "a1 c3", True),
        ("{at_least: 2, of: [a1, b2, c3]}", "a1 a1", False),
        ("{mentions: 2, of: [a1, b2]}", "a1 a1", True),
        ("{mentions: 2, of: [a1, b2]}", "a1", False),
        ("{in: lead, any: [a1]}", "a1.\n\nb2", True),
        ("{in: body, any: [a1]}", "a1.\n\nb2", False),
        ("{in: headline, any: [a1]}", "a1", False),
        ("{query: '(a1 OR b2) AND c3'}", "b2 c3", True),
        ("{query: '(a1 OR b2) AND c3'}", "a1 b2", False),
        ("{query: 'a1 NOT b2'}", "a1", True),
        ("{query: 'a1 NOT b2'}", "a1 b2", False),
        ("{query: 'a1 OR b2 AND c3'}", "a1", True),
        ("{query: '\"a1 b2\" NEAR/1 c3'}", "c3 x a1 b2", True),
        ("{query: 'a1 ONEAR/1 c3'}", "c3 a1", False),
        ("{query: 'title:a1'}", "a1", False),
    ],
)
def test_a_condition_holds(match: str, text: str, expected: bool) -> None:
    assert bool(rule_set(match).match(article(text))) is expected


def test_what_must_be_absent_is_never_a_hit() -> None:
    assert hits("{any: [a1, {none: [b2]}]}", "a1 b2") == ["a1"]


ENTITY = "entities: {rusland: {names: [Rusland], demonyms: ['Russisch*'], not: [Wit-Rusland]}}"


def test_an_entity_does_not_count_inside_what_it_is_not() -> None:
    assert hits('"@rusland"', "In Wit-Rusland.", extra=ENTITY) == []
    assert hits('"@rusland"', "Wit-Rusland en Rusland.", extra=ENTITY) == ["Rusland"]
    assert hits('"@rusland"', "De Russische olie.", extra=ENTITY) == ["Russische"]


def test_except_masks_an_occurrence_and_not_the_article() -> None:
    rules = rule_set("bestand\n    except: [bestand tussen de bonden]")
    assert not rules.match(article("Het bestand tussen de bonden."))
    (match,) = rules.match(article("Het bestand tussen de bonden. Het bestand houdt."))
    assert [hit.start for hit in match.hits] == [34]


def test_names_and_masks_may_be_written_long() -> None:
    entity = "entities: {x: {names: [{term: drone, compound: none}], not: [{term: dronefestival}]}}"
    text = "Een drone, een gevechtsdrone, een dronefestival."
    assert hits('"@x"', text, extra=entity) == ["drone"]


def test_a_language_key_limits_a_term_and_an_unknown_language_does_not() -> None:
    match = "{nl: brand, en: fire}"
    assert hits(match, "brand fire", language="nl") == ["brand"]
    assert hits(match, "brand fire", language="en") == ["fire"]
    assert hits(match, "brand fire") == ["brand", "fire"]


def test_a_hit_says_where_and_how() -> None:
    rules = rule_set('["staakt-het-vuren", "@rusland", "olie*"]', ENTITY)
    text = "Rusland wil vrede.\n\nHet staakt het vuren geldt voor olietankers."
    (match,) = rules.match(article(text, headline="Staakt-het-vuren in zicht"))
    assert [(hit.text, hit.how, hit.field) for hit in match.hits] == [
        ("Staakt-het-vuren", "exact", "headline"),
        ("Rusland", "alias", "lead"),
        ("staakt het vuren", "exact", "body"),
        ("olietankers", "wildcard", "body"),
    ]


def test_a_text_that_says_one_word_for_ever_keeps_a_bounded_number_of_hits() -> None:
    (match,) = rule_set("embargo").match(article("embargo " * 20_000))
    assert len(match.hits) == MAX_HITS


def test_only_rules_whose_words_occur_are_evaluated() -> None:
    rules = RuleSet(
        Rule(info=RuleInfo(id=f"r{number}", title=""), condition=Term(f"woord{number}"))
        for number in range(10_000)
    )
    found = rules.match(article("Hier staat woord7 en woord9999."))
    assert [match.rule.id for match in found] == ["r7", "r9999"]


@given(st.text(), st.text(alphabet="abÀß \u00ad-", min_size=1))
def test_a_hit_is_the_text_at_its_offsets(noise: str, word: str) -> None:
    text = f"{noise} Oekraïne {word} embargo {noise}"
    for match in rule_set('[Oekraïne, embargo, "*emb*a*o*"]').match(article(text)):
        for hit in match.hits:
            assert text[hit.start : hit.end] == hit.text
            assert hit.text

"""Hostile text made plain."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.delivery.plain import clean, cut, link, one_line

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text("a \n\ud800\u202e<@]().\x1b»«")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("a\r\nb\u2028c\x85d", "a b c d"),
        ("\u202egnol\u2066x\u200f", "gnolx"),
        ("\ud800\ufffe", "\ufffd\ufffd"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
        ("👨‍👩‍👧 blijft", "👨‍👩‍👧 blijft"),
        ("Oekraïne – “vrede”", "Oekraïne – “vrede”"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(ANY_TEXT)
def test_clean_text_is_one_line_that_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert len(cleaned.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cs"}
    assert clean(cleaned) == cleaned or "\u0301" in text


@given(ANY_TEXT, st.integers(1, 40))
def test_cut_keeps_the_limit(text: str, limit: int) -> None:
    assert len(one_line(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("een twee drie", 13, "een twee drie"),
        ("een twee drie", 12, "een twee…"),
        ("een twee, drie", 12, "een twee…"),
        ("onafbreekbaar", 6, "onafb…"),
    ],
)
def test_cut_at_a_word(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b?c=d&e=f#g", "https://a.example/b?c=d&e=f#g"),
        ("https://a.example/é b", "https://a.example/%C3%A9%20b"),
        ("https://a.example/<script>\"'", "https://a.example/%3Cscript%3E%22'"),
        ("https://a.example/%C3%A9", "https://a.example/%C3%A9"),
        (" https://a.example/\x00\u202e ", "https://a.example/"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("http://[::1", None),
        ("https://a.example/" + "x" * 1000, None),
        ("", None),
        (None, None),
    ],
)
def test_link(url: str | None, shown: str | None) -> None:
    assert link(url) == shown


@given(ANY_TEXT)
def test_link_never_fails(text: str) -> None:
    link("https://" + text)

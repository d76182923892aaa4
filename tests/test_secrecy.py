"""Addresses without secrets, and texts without known ones."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.secrecy import public_url, scrub_pieces, secrets_of


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/rss", "https://a.example/rss"),
        ("https://jan:geheim@a.example:81/rss#deel", "https://a.example:81/rss"),
        ("https://a.example/?feed=rss&key=geheim&n=12", "https://a.example/?feed=rss&key=***&n=12"),
        ("https://a.example/?geheim", "https://a.example/?***"),
        ("http://[::1", "***"),
        ("", ""),
    ],
)
def test_public_url(url: str, shown: str) -> None:
    assert public_url(url) == shown


def test_secrets_in_every_spelling() -> None:
    found = secrets_of("https://jan:ge%2Fheim@a.example/rss?key=a%20b%C3%A9&los#deel")
    assert {"jan", "ge%2Fheim", "ge/heim", "a%20b%C3%A9", "a bé", "los", "deel"} <= set(found)
    assert "amFuOmdlL2hlaW0=" in found, "as it stands in a header"


@given(st.text("abc:/?#[]@!$&=%20é\ud800"))
def test_any_address(text: str) -> None:
    for url in (text, f"https://{text}"):
        assert "@" not in urlsplit(public_url(url)).netloc
        secrets_of(url)


def test_the_longest_secret_goes_first_and_short_words_stay() -> None:
    assert scrub_pieces("abc geheimer Geheim", ["abc", "geheim", "geheimer"]) == "abc *** ***"

"""Recipients, labels, and what may be seen of an address."""

from __future__ import annotations

import pytest

from watcher.delivery.address import scrub, split_recipients


@pytest.mark.parametrize(
    ("urls", "labels"),
    [
        (["json://user:geheim@a.example:8080/pad?x=y"], ["json://a.example:8080"]),
        (
            ["json://a.example/een", "json://a.example/twee"],
            ["json://a.example", "json://a.example #2"],
        ),
        (["json://a.example/een", "json://a.example/een"], ["json://a.example"]),
        (["xmls://[::1]:99/"], ["xmls://[::1]:99"]),
        (["slack://TokenA/TokenB/TokenC", "slack://TokenD/E/F"], ["slack", "slack #2"]),
        (["mailto://u:p@mx.example?to=a@x.nl,b@x.nl"], ["a@x.nl", "b@x.nl"]),
        (
            ["mailtos://u:p@mx.example/a@x.nl/b%40x.nl?to=c@x.nl&cc=d@x.nl"],
            ["a@x.nl", "b@x.nl", "c@x.nl", "d@x.nl"],
        ),
        (["mailto://u:p@mx.example"], ["u@mx.example"]),
        (["mailto://mx.example?from=w@x.nl"], ["w@x.nl"]),
        ([], []),
    ],
)
def test_labels(urls: list[str], labels: list[str]) -> None:
    assert [recipient.label for recipient in split_recipients(urls)] == labels


def test_mail_is_one_url_an_address_and_the_rest_stays() -> None:
    url = "mailto://u:p@127.0.0.1:25/a@x.nl?from=w@x.nl&cc=b@x.nl&+X-Kop=ja&name=De%20Wacht"
    assert [recipient.url for recipient in split_recipients([url])] == [
        "mailto://u:p@127.0.0.1:25/?from=w@x.nl&+X-Kop=ja&name=De%20Wacht&to=a@x.nl",
        "mailto://u:p@127.0.0.1:25/?from=w@x.nl&+X-Kop=ja&name=De%20Wacht&to=b@x.nl",
    ]


@pytest.mark.parametrize(
    "url", ["geheim", "", "://geheim", "json://", "json://[geheim", "json://a\ngeheim"]
)
def test_what_is_no_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="address 2") as raised:
        split_recipients(["json://a.example", url])
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "text", "shown"),
    [
        ("json://jan:geheim@a.example:99/", "geheim via a.example:99", "*** via a.example:99"),
        ("json://a.example/hooks/T0KEN", "url: /hooks/T0KEN", "url: ***"),
        ("json://a.example/hooks/T0KEN", "t0ken", "***"),
        ("json://a.example/?+Authorization=Bearer+abc123", "Bearer abc123 abc123", "*** ***"),
        ("json://a.example/?key=a%2Fbcd", "a/bcd a%2Fbcd", "*** ***"),
        ("slack://TokenA/TokenB", "slack TokenA TokenB", "slack *** ***"),
        ("json://u:p%40ssword@a.example", "p@ssword p%40ssword", "*** ***"),
    ],
)
def test_scrub(url: str, text: str, shown: str) -> None:
    assert scrub(text, url) == shown

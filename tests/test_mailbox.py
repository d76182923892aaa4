"""Mail servers and addresses as people write them, with their mistakes."""

from __future__ import annotations

import pytest

from watcher.mailbox import Mailbox, MailServer, Mistake, parse_mail_server, parse_mailbox


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("jan@x.example", "jan@x.example", ""),
        (" <jan@x.example> ", "jan@x.example", ""),
        ("Jan Jansen <jan@x.example>", "jan@x.example", "Jan Jansen"),
        ('"Jansen, Jan" <jan.j+nieuws@x.example>', "jan.j+nieuws@x.example", "Jansen, Jan"),
        ("Één <root@localhost>", "root@localhost", "Één"),
    ],
)
def test_addresses(text: str, address: str, name: str) -> None:
    assert parse_mailbox(text) == Mailbox(address=address, name=name)
    assert parse_mailbox(text).domain == address.partition("@")[2]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "like jan@"),
        ("jan", "like jan@"),
        ("@x.example", "like jan@"),
        ("jan@", "like jan@"),
        ("jan@@x.example", "like jan@"),
        ("jan.@x.example", "like jan@"),
        ("jan@-x.example", "like jan@"),
        ("jan@x..example", "like jan@"),
        ("j" * 65 + "@x.example", "like jan@"),
        ("jan@" + "x" * 64 + ".example", "like jan@"),
        ("a@x.example, b@x.example", "a list"),
        ("a@x.example b@x.example", "a list"),
        ("jan@münchen.example", "xn--"),
        ("jän@x.example", "ASCII"),
        ("jan@x.example\nBcc: a@x.example", "a list"),
        ("jan@x.example>\r\nBcc: <a@x.example", "a list"),
        ("Jan\nBcc: a <jan@x.example>", ""),
        ("Jan\x00 <jan@x.example>", ""),
        ("Jan\u202e <jan@x.example>", ""),
        ("Jan\ud800 <jan@x.example>", ""),
    ],
)
def test_what_is_no_address(text: str, hint: str) -> None:
    with pytest.raises(Mistake) as raised:
        parse_mailbox(text)
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mx.example", ("plain", "mx.example", 25, "", "")),
        ("smtp://127.0.0.1:2525", ("plain", "127.0.0.1", 2525, "", "")),
        ("smtp://u:p@localhost/", ("plain", "localhost", 25, "u", "p")),
        ("smtp://u:p@[::1]:26", ("plain", "::1", 26, "u", "p")),
        ("smtps://MX.example", ("tls", "mx.example", 465, "", "")),
        (
            "smtps://jan%40x.example:p%2Fw%3A%23@mx.example",
            ("tls", "mx.example", 465, "jan@x.example", "p/w:#"),
        ),
        ("smtp+starttls://u:p@mx.example", ("starttls", "mx.example", 587, "u", "p")),
    ],
)
def test_servers(url: str, server: tuple[object, ...]) -> None:
    got = parse_mail_server(url)
    assert (got.security, got.host, got.port, got.user, got.password) == server
    assert "p%2F" not in repr(got)
    assert "p/w" not in repr(got)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not the URL of a mail server"),
        ("geheim", "not the URL of a mail server"),
        ("http://u:geheim@mx.example", "not the URL of a mail server"),
        ("smtps:u:geheim@mx.example", "not the URL of a mail server"),
        ("smtps://u:geheim@", "no host"),
        ("smtps://u:geheim@mx_example!", "no host"),
        ("smtps://u:geheim@mx.example:0", "no host"),
        ("smtps://u:geheim@mx.example:x", "not a URL"),
        ("smtps://u:geheim@[mx", "not a URL"),
        ("smtps://u:ge/heim@mx.example", "URL"),
        ("smtps://u:geheim@mx.example/pad", "more than a host"),
        ("smtps://u:geheim@mx.example?a=b", "more than a host"),
        ("smtps://geheim@mx.example", "only one of user and password"),
        ("smtps://:geheim@mx.example", "only one of user and password"),
        ("smtps://u:geheim%0D%0A@mx.example", "ASCII"),
        ("smtps://u:geheimé@mx.example", "ASCII"),
        ("smtp://u:geheim@mx.example", "on the way"),
        ("smtp://u:geheim@10.0.0.1", "on the way"),
    ],
)
def test_what_is_no_server_is_said_without_its_secrets(url: str, said: str) -> None:
    with pytest.raises(Mistake, match=said) as raised:
        parse_mail_server(url)
    assert "geheim" not in f"{raised.value} {raised.value.hint}"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_server_shows_no_login() -> None:
    server = MailServer(security="tls", host="mx", port=465, user="wacht", password="geheim")
    assert repr(server) == "MailServer(security='tls', host='mx', port=465)"

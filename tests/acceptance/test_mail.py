"""The e-mail channel of the real process: what two mailboxes get, and where its password is not."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from harness import RULES, Daemon, Home, article, block, free_port, wait_until

JAN, WEG = "jan@x.example", "weg@x.example"
PASSWORD = "kanarie7geheim"
RULE_OF_OTHERS = """\
version: 1
rules:
  - id: olie
    severity: high
    match: olie
"""


class Post:
    """A mail server: one mailbox is there, one is not; the wrong password is repeated."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuse = False

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd looks for
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address == WEG:
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        """Right unless told otherwise."""
        if not self.refuse:
            return AuthResult(success=True)
        said = f"535 5.7.8 {data.login.decode()} is not {data.password.decode()}"
        return AuthResult(success=False, handled=False, message=said)


@pytest.fixture
def post() -> Iterator[tuple[Post, str]]:
    """A mail server, and its URL."""
    post = Post()
    server = Controller(
        post,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=post.login,
        auth_require_tls=False,
        auth_required=True,
    )
    server.start()
    yield post, f"smtp://wacht:{PASSWORD}@127.0.0.1:{server.port}"
    server.stop()


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def configure(home: Home, smtp: str, *to: str) -> None:
    """One drop folder, and mail."""
    (home.folder / "smtp").write_text(smtp)
    channel = {"name": "post", "type": "email", "smtp": "file:smtp", "from": "wacht@x.example"}
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        block("channel", **channel, to=list(to)),
        block("route", to=["post"]),
        block("delivery", backoff=["50ms"], deadline="5s"),
    )


def settled(home: Home) -> list[tuple[Any, ...]]:
    """Deliveries that are over, by recipient."""
    return home.rows(
        "SELECT recipient, state, attempts, last_error FROM delivery"
        " WHERE state IN ('done', 'dead') ORDER BY recipient, alert_id"
    )


def everything_written(home: Home, daemon: Daemon) -> bytes:
    """All files but the secret itself, and the log."""
    files = [one for one in home.folder.rglob("*") if one.is_file() and one.name != "smtp"]
    assert daemon.log in files
    return b"".join(one.read_bytes() for one in files)


def test_two_rules_two_recipients_one_thread(home: Home, post: tuple[Post, str]) -> None:
    office, url = post
    configure(home, url, JAN, WEG)
    home.rules(RULES)
    home.rules(RULE_OF_OTHERS, "olie.yaml")
    home.drop("een.txt", article("een"))
    daemon = home.start()
    wait_until(lambda: len(settled(home)) == 4, "an end for each delivery")
    states = [(recipient, state, attempts) for recipient, state, attempts, _ in settled(home)]
    assert states == [(JAN, "done", 1)] * 2 + [(WEG, "dead", 3)] * 2
    assert settled(home)[-1][3] == "SMTP 550 5.1.1 unknown"
    one, other = office.mails
    assert one["References"].endswith(".story@x.example>")
    assert one["References"] == other["References"] == one["In-Reply-To"]
    assert one["Message-ID"] != other["Message-ID"]
    assert {one["List-Id"], other["List-Id"]} == {
        "<embargo.rule.news-watcher.x.example>",
        "<olie.rule.news-watcher.x.example>",
    }
    alerts = {alert for (alert,) in home.rows("SELECT id FROM alert")}
    assert {one["X-Alert-Id"], other["X-Alert-Id"]} == alerts
    assert daemon.stop() == 0


def test_a_password_that_is_refused_stands_nowhere(home: Home, post: tuple[Post, str]) -> None:
    office, url = post
    office.refuse = True
    configure(home, url, JAN)
    home.drop("een.txt", article("een"))
    daemon = home.start()
    wait_until(lambda: settled(home), "the end of the delivery")
    assert settled(home) == [(JAN, "dead", 3, "SMTP 535 5.7.8 *** is not ***")]
    shown = "".join(home.run(*one, "--json", "-v").stdout for one in (["status"], ["alerts"]))
    assert "535" in shown
    assert PASSWORD not in shown
    assert daemon.stop() == 0
    assert PASSWORD.encode() not in everything_written(home, daemon)
    assert office.mails == []

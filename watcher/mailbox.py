"""Mail servers and mail addresses as people write them in a configuration. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

Security = Literal["plain", "tls", "starttls"]

#: What a scheme means, and the port where it is usual.
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
}
#: An address as servers everywhere take it (RFC 5321, dot-atom): what is quoted or not ASCII asks
#: for extensions that many of them lack.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"
)
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_URL_HINT = "like smtp://localhost:25, smtps://user:password@host or smtp+starttls://…"


class Mistake(ValueError):
    """A value that cannot be used, and what to write instead. Never shows a secret."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mail address, and the name shown beside it."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over. ``user`` is empty where nobody logs in."""

    security: Security
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_mailbox(text: str) -> Mailbox:
    """``jan@example.org`` or ``Jan Jansen <jan@example.org>``. Raises `Mistake`."""
    found = _NAMED.fullmatch(text.strip())
    address = found["address"].strip() if found else text.strip()
    name = found["name"].strip().strip('"').strip() if found else ""
    if not _ADDRESS.fullmatch(address):
        raise Mistake(f'"{text}" is not a mail address', _address_hint(address))
    if not (text.isprintable() and name.encode("utf-8", "replace").decode() == name):
        raise Mistake("a mail address with characters that nobody can see")
    return Mailbox(address=address, name=name)


def _address_hint(address: str) -> str:
    if re.search(r"@.*[,;\s]", address):
        return 'several addresses are a list: ["a@example.org", "b@example.org"]'
    if not address.isascii():
        return "only ASCII; a domain like münchen.example is written xn--mnchen-3ya.example"
    return "like jan@example.org or Jan Jansen <jan@example.org>"


def parse_mail_server(url: str) -> MailServer:
    """``smtp://host:port``, ``smtps://…`` or ``smtp+starttls://…``, with ``user:password@``.

    Raises `Mistake`, which shows nothing of the URL but its scheme.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise Mistake("is not a URL", _URL_HINT) from None
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise Mistake("is not the URL of a mail server", _URL_HINT)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Mistake(
            "has more than a host and a port",
            "in a password / ? and # are written %2F %3F and %23",
        )
    security, usual = _SCHEMES[parts.scheme]
    server = MailServer(
        security=security,
        host=parts.hostname or "",
        port=usual if port is None else port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    _check_server(server)
    return server


def _check_server(server: MailServer) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", server.host) or server.port == 0:
        raise Mistake("has no host that can be asked", _URL_HINT)
    if bool(server.user) != bool(server.password):
        raise Mistake("has only one of user and password", _URL_HINT)
    login = server.user + server.password
    if not (login.isascii() and login.isprintable()):
        raise Mistake("has a user or password that is not ASCII, which smtplib cannot send")
    if login and server.security == "plain" and not _is_loopback(server.host):
        raise Mistake(
            "would show the password to everybody on the way", "use smtps:// or smtp+starttls://"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

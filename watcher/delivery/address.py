"""The addresses of a channel: split into recipients, labelled and scrubbed of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, unquote_plus, urlsplit

from watcher.secrecy import scrub_pieces, spellings

#: Schemes whose host is a server; in others it may be a token (slack://TOKEN/…).
_SERVERS = {"json", "xml", "form", "apprise", "gotify", "mmost", "rocket"}
_MAIL = {"mailto", "mailtos"}
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{0,40}://.")
_MAILBOX = re.compile(r"[^\s,;<>\"/]+@[^\s,;<>\"/]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address: what people may see of it, and the URL that nobody may."""

    label: str
    url: str


def split_recipients(urls: Sequence[str]) -> tuple[Recipient, ...]:
    """One recipient a row, in order; labels are unique and the same at every start.

    Mail URLs are split into one for each address (to, cc and bcc alike: each gets a message of
    its own). Raises `ValueError`, which names the place in the list and no secret.
    """
    recipients: list[Recipient] = []
    taken: dict[str, int] = {}
    for url in dict.fromkeys(_each_target(urls)):
        label = _label(url)
        taken[label] = count = taken.get(label, 0) + 1
        recipients.append(Recipient(label if count == 1 else f"{label} #{count}", url))
    return tuple(recipients)


def scheme_of(url: str) -> str | None:
    """The service a URL is for; None when it is no URL."""
    parts = _split(url)
    return parts.scheme if parts else None


def is_server(scheme: str) -> bool:
    """Whether the host of such a URL is a machine, so that people may see it."""
    return scheme in _SERVERS or scheme.removesuffix("s") in _SERVERS


def _each_target(urls: Sequence[str]) -> Iterable[str]:
    for number, url in enumerate(urls, 1):
        parts = _split(url)
        if parts is None:
            raise ValueError(f"address {number} is not a URL of the form service://…")
        yield from _split_mail(url, parts) if parts.scheme in _MAIL else [url]


def _split(url: str) -> SplitResult | None:
    if not _SCHEME.match(url) or any(character < " " for character in url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _split_mail(url: str, parts: SplitResult) -> Iterable[str]:
    """The same mail URL for each address; without any, Apprise mails the sender itself."""
    pairs = [pair for pair in parts.query.split("&") if pair]
    kept = [pair for pair in pairs if _key(pair) not in {"to", "cc", "bcc"}]
    told = [unquote_plus(pair.partition("=")[2]) for pair in pairs if pair not in kept]
    paths = [unquote(part) for part in parts.path.split("/")]
    addresses = dict.fromkeys(_MAILBOX.findall(" ".join([*paths, *told])))
    if not addresses:
        yield url
    for address in addresses:
        query = "&".join([*kept, f"to={quote(address, safe='@')}"])
        yield f"{parts.scheme}://{parts.netloc}/?{query}"


def _key(pair: str) -> str:
    return unquote(pair.partition("=")[0]).lower()


def _label(url: str) -> str:
    """The mail address, json://host:port, or only the scheme."""
    parts = _split(url)
    if parts is None:
        return "?"
    if parts.scheme in _MAIL:
        query = dict(parse_qsl(parts.query))
        sender = f"{unquote(parts.username or '')}@{parts.hostname or ''}"
        return query.get("to") or query.get("from") or (sender if parts.username else "mailto")
    if is_server(parts.scheme) and parts.hostname:
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
    return parts.scheme


def scrub(text: str, url: str) -> str:
    """The text without any part of the URL that may be a secret, in whatever spelling.

    Every piece of four characters or more goes: user, password, path, query values, and the
    host unless it is a server's name.
    """
    return scrub_pieces(text, pieces_of(url))


def pieces_of(url: str) -> Iterable[str]:
    """Every part of a channel's address that may be a secret."""
    yield url
    parts = _split(url)
    if parts is None:
        return
    user, _, host = parts.netloc.rpartition("@")
    rest = [parts.path, parts.query, parts.fragment, user]
    if not (is_server(parts.scheme) or parts.scheme in _MAIL):
        rest.append(host)
    for piece in rest:
        yield from spellings(piece)
        for small in re.split(r"[/&=:;,@\s]", piece):
            yield from spellings(small)
            # A header such as "Bearer token" is quoted as one value.
            yield from unquote_plus(small).split()

"""What nobody may see: addresses without their secrets, and texts without known ones. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlsplit, urlunsplit

#: Shorter words stand in any text, and hide nothing.
_SECRET_MIN = 4
HIDDEN = "***"


def public_url(url: str) -> str:
    """A web address without login, fragment and the values in its query, which may be keys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    query = "&".join(_public_pair(pair) for pair in parts.query.split("&") if pair)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query=query, fragment=""))


def _public_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if len(value if equals else name) < _SECRET_MIN:
        return pair
    return f"{name}={HIDDEN}" if equals else HIDDEN


def secrets_of(url: str) -> tuple[str, ...]:
    """What `public_url` leaves out of a web address, in whatever spelling, and the login as it
    stands in a header."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    user = parts.netloc.rpartition("@")[0]
    values = [value for _, value in parse_qsl(parts.query)]
    values += [pair for pair in parts.query.split("&") if "=" not in pair]
    raw = [pair.partition("=")[2] for pair in parts.query.split("&")]
    login = b64encode(unquote(user).encode("utf-8", "replace")).decode()
    found = (*user.split(":"), login, *values, *raw, parts.fragment)
    return tuple(dict.fromkeys(one for each in found if each for one in spellings(each)))


def spellings(piece: str) -> Iterable[str]:
    """A piece of an address as it may be written elsewhere."""
    plain = unquote(piece)
    yield from (piece, plain, unquote_plus(piece), quote(plain, errors="replace"))
    yield quote(plain, safe="", errors="replace")


def scrub_pieces(text: str, pieces: Iterable[str]) -> str:
    """The text without these secrets, if they are of four characters or more."""
    secrets = {piece for piece in pieces if len(piece) >= _SECRET_MIN}
    for secret in sorted(secrets, key=len, reverse=True):
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return text

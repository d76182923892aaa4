"""Text for chat services: nothing in it rings, opens or hides, and it keeps the service's limit.

Chat is short text with bare addresses. Nearly every service reads some Markdown in it, and each
other marks than its neighbours; so what an article wrote is made harmless for all of them at once.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from watcher.delivery.plain import cut, is_link

#: Invisible, and of no width; the parsers of chat services stop there.
_JOINER = "\u2060"
#: Behind these a joiner: mentions, tags, Markdown links and their definitions, doubled marks
#: (spoilers, struck out), the address after its scheme, characters written as ``&#64;``.
_ALIVE = re.compile(r"[@＠]|<(?=\S)|\](?=[(:\[])|([|~*_])(?=\1)|:(?=//)|&(?=#|\w+;)")
#: In front of these: the dot of what would be taken for a domain.
_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2})")
#: At the start of a line: headings, quotes, lists, rules, tables.
_START = re.compile(r"[#>\-+*=|~]|\d+[.)](?=\s)")
#: Between two of them everything is code, our address too; no joiner breaks that.
_CODE = str.maketrans("`", "\u02cb")
#: Marks in an address that would end it early.
_IN_LINK = re.compile(r"[@*\[\];]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|~(?=~)")

#: Services that take 2,000 characters or more (ntfy: 3,500 bytes).
LONG = frozenset(
    (
        *("discord", "slack", "tgram", "mmost", "mmosts", "matrix", "matrixs", "ntfy", "ntfys"),
        *("workflow", "workflows", "msteams", "gchat", "zulip", "webex", "wxteams", "nctalk"),
        *("signal", "signals", "gotify", "gotifys", "apprise", "apprises", "syslog"),
    )
)
_TEAMS = frozenset(("workflow", "workflows", "msteams"))
#: What Apprise allows for them is far below what Teams takes: 28 KB for the whole card.
_TEAMS_BYTES = 20_000
#: The server keeps 4,096 bytes and makes a file of more; Apprise does at 8,000 of JSON.
_NTFY_BYTES = 3_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service takes: characters of title and text (``title_max`` 0: it has no titles)."""

    scheme: str
    title_max: int
    text_max: int
    #: The title counts as text.
    together: bool = False
    #: What our text becomes on its way, where that is longer.
    grown: Callable[[str], str] = str


def prepare(service: Service, title: str, text: str) -> tuple[str, str]:
    """Title and text harmless for a chat service, and within its limits."""
    title, text = fit(service, defuse(title), defuse(text))
    return title, _as_card(text) if service.scheme in _TEAMS else text


def fit(service: Service, title: str, text: str) -> tuple[str, str]:
    """Title and text within the limits; sentences go first, the link never."""
    if service.title_max > 0:
        title = cut(title, service.title_max)
    limit, size = _measure(service)
    if service.together or service.title_max <= 0:
        # A title in the text gets marks of the service around it.
        limit -= size(title) + 16
    return title, shorten(text, max(limit, 1), size)


def _measure(service: Service) -> tuple[int, Callable[[str], int]]:
    if service.scheme in _TEAMS:
        return _TEAMS_BYTES, lambda text: _json_bytes(_as_card(text))
    if service.scheme in {"ntfy", "ntfys"}:
        return _NTFY_BYTES, _bytes
    return service.text_max, lambda text: _units(service.grown(text))


def weight(line: str) -> int:
    """The room a line takes where there is least of it: made harmless, in HTML, or in bytes.

    What is counted so and fits in 1,900 loses nothing at any service in `LONG`.
    """
    line = defuse(line)
    return max(_units(html.escape(line, quote=False)), _bytes(line) * 5 // 9)


def _bytes(text: str) -> int:
    """As ntfy's server counts, or half of what Apprise does: an emoji is twelve in its JSON."""
    return max(len(text.encode("utf-8", "replace")), _json_bytes(text) // 2)


def _json_bytes(text: str) -> int:
    return len(json.dumps(text))


def _units(text: str) -> int:
    """Characters as most services count them: an emoji is two."""
    return len(text.encode("utf-16-le", "replace")) // 2


# --- harmless ----------------------------------------------------------------------------------


def defuse(text: str) -> str:
    """Text in which mentions, tags and links no longer work, but still read.

    ``@everyone``, ``<!channel>``, ``[bank](https://…)`` and ``bank.example`` get an invisible
    joiner. Lines that are only an address keep working: a message of ours has none but its link.
    """
    return "\n".join(map(_defuse_line, text.split("\n")))


def _defuse_line(line: str) -> str:
    if is_link(line):
        return _IN_LINK.sub(lambda found: f"%{ord(found.group()):02X}", line)
    line = _ALIVE.sub(rf"\g<0>{_JOINER}", line.translate(_CODE))
    line = _DOT.sub(f"{_JOINER}.", line)
    return _JOINER + line if _START.match(line) else line


def _as_card(text: str) -> str:
    """For Teams: a card joins single lines, and opens only addresses that are marked as links."""
    return re.sub(r"\n+", "\n\n", "\n".join(map(_card_line, text.split("\n"))))


def _card_line(line: str) -> str:
    if not is_link(line):
        return line
    line = line.replace("(", "%28").replace(")", "%29")
    return f"[{line}]({line})"


# --- short -------------------------------------------------------------------------------------


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """A message body within a service's limit: whole blocks go, sentences first, never the link.

    Blocks are separated by empty lines, as `watcher.delivery.message` writes them: headline and
    link, source, sentences, why, ids. ``size`` grows with the text.
    """
    blocks = text.split("\n\n")
    most = _largest(len(blocks), lambda count: size(_with_blocks(blocks, count)) <= limit)
    if most:
        return _with_blocks(blocks, most)
    short = blocks[0]
    headline, newline, address = short.rpartition("\n")
    room = limit - size(address) - 1
    if not newline or room < 1:
        return _cut_to(headline or short, limit, size)
    return (_cut_to(headline, room, size) + newline + address).strip()


def _with_blocks(blocks: list[str], count: int) -> str:
    """That many blocks: the first two, the last two, as many sentences as there is room for."""
    if count >= 4:
        kept = [*blocks[: count - 2], *blocks[-2:]]
    else:
        kept = [*blocks[:2], *blocks[2:][-2:]][:count]
    return "\n\n".join(kept)


def _cut_to(text: str, limit: int, size: Callable[[str], int]) -> str:
    """The text cut at a word, as long as this limit allows."""
    most = _largest(min(len(text), limit), lambda room: size(cut(text, room)) <= limit)
    return cut(text, most) if most else ""


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to this one that fits; 0 if none does."""
    if most <= 0 or fits(most):
        return max(most, 0)
    return bisect_left(range(1, most), True, key=lambda number: not fits(number))

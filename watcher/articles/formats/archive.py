"""Zip archives of other documents, read in memory: no name in them ever touches the disk."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO

from watcher.articles.item import Item, Items
from watcher.errors import UnreadableDocument
from watcher.model import Document

MAX_MEMBERS = 1_000
#: Bytes of all members together, counted while they are inflated: the header may lie.
MAX_INFLATED = 50_000_000
_CHUNK = 65_536
_ENCRYPTED = 0x1
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
#: What systems put into archives without anybody asking.
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store\Z|Thumbs\.db\Z|desktop\.ini\Z)")
_NO_DOCUMENT = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|tiff?|bmp|ico|pdf|mp[34]|m4[av]|mov|avi|wav|ogg|webm"
    r"|css|js|woff2?|ttf|docx?|xlsx?|pptx?)\Z",
    re.IGNORECASE,
)
#: What zipfile and the decompressors raise over a broken or unsupported member.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
)


class _TooMuch(Exception):
    """The archive holds more than may be inflated."""


@dataclass(slots=True)
class _Budget:
    """How many bytes may still be inflated."""

    left: int = MAX_INFLATED

    def inflate(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
        """A member's bytes, or `_TooMuch`."""
        chunks: list[bytes] = []
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                self.left -= len(chunk)
                if self.left < 0:
                    raise _TooMuch
                chunks.append(chunk)
        return b"".join(chunks)


@dataclass(slots=True)
class _Found:
    """What came out of the members so far; ``others`` are no documents and need no mention."""

    items: list[Item] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_archive(document: Document, read: Callable[[Document], Items]) -> Items:
    """The items of all members in their order, read with ``read``; broken ones are losses.

    Raises `UnreadableDocument` when no member could be read.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(document.body))
    except _BROKEN as error:
        raise UnreadableDocument(f"this zip archive is broken: {error}") from None
    found = _Found()
    with archive:
        _read_members(document, archive, read, found)
    if not found.items:
        reasons = "; ".join((found.losses or found.others)[:5]) or "it is empty"
        raise UnreadableDocument(f"there is no document in this archive: {reasons}")
    return Items(tuple(found.items), tuple(found.losses))


def _read_members(
    document: Document, archive: zipfile.ZipFile, read: Callable[[Document], Items], found: _Found
) -> None:
    files = [one for one in archive.infolist() if not one.is_dir()]
    members = [one for one in files if not _LITTER.search(one.filename)]
    budget = _Budget()
    for member in members[:MAX_MEMBERS]:
        name = _CONTROL.sub("", member.filename)
        try:
            body = _inflated(archive, member, budget)
            inner = replace(document, name=f"{document.name}/{name}", body=body, content_type="")
            _take(read(inner), inner.name, name, found)
        except _TooMuch:
            limit = MAX_INFLATED // 1_000_000
            found.losses.append(f"{name}: with it the archive holds more than {limit} MB; left off")
            break
        except UnreadableDocument as error:
            no_document = _NO_DOCUMENT.search(name) and "archive" not in str(error)
            (found.others if no_document else found.losses).append(f"{name}: {error}")
    if len(members) > MAX_MEMBERS:
        found.losses.append(f"{len(members) - MAX_MEMBERS} more files than {MAX_MEMBERS} not read")


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise UnreadableDocument("it is encrypted")
    try:
        return budget.inflate(archive, member)
    except _BROKEN as error:
        raise UnreadableDocument(f"it is broken: {error}") from None


def _take(items: Items, document: str, name: str, found: _Found) -> None:
    found.items += (replace(item, document=item.document or document) for item in items.items)
    found.losses += (f"{name}: {loss}" for loss in items.losses)

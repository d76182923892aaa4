"""Thousands of broken documents through the real child: nothing escapes it, none is late.

Seeded mutations of our own samples in every format, and of feedparser's test feeds where they are
there. A thousand by default, thirty thousand with the soak runs.
"""

from __future__ import annotations

import io
import os
import random
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from watcher.model import Document, Extraction
from watcher.sources.sandbox import Sandbox

SAMPLES = {
    path.name: path.read_bytes() for path in sorted(Path(__file__).with_name("samples").iterdir())
}
SEED = 20261120
DEFAULT, SOAK = 1_000, 30_000
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
BATCH = 50
DEADLINE_S = 20
#: Bytes that have broken parsers before.
POISON = (
    b"&#xD83D;",
    b"&#0;",
    b"\x00",
    b"\xff\xfe",
    b"<![CDATA[",
    b"<!--",
    b"]]>",
    b"&nbsp;",
    b"&undefined;",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<item>",
    b"</channel>",
    b"\xed\xa0\x80",
    b"{" * 50,
    b"[" * 50,
    b"--grens--",
    b"charset=klingon",
    b"<" * 200,
    b'="' * 40,
    b"(" * 300,
    b"99999999999999999999",
)


def bodies(shared: Path | None) -> list[tuple[str, bytes]]:
    """(name, bytes) of everything that is mutated."""
    own = list(SAMPLES.items())
    own.append(("alles.zip", zipped(SAMPLES)))
    if shared is None:
        return own
    files = sorted((shared / "feeds").rglob("*.*ml")) + sorted((shared / "iptc").rglob("*.*"))
    return own * 20 + [(path.name, path.read_bytes()) for path in files if path.is_file()]


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return stream.getvalue()


def cut(body: bytes, chance: random.Random) -> bytes:
    """The beginning of it, as after a broken transfer."""
    return body[: chance.randrange(len(body) + 1)]


def flip(body: bytes, chance: random.Random) -> bytes:
    """Some bytes changed."""
    found = bytearray(body)
    for _ in range(chance.randint(1, 20)):
        if found:
            found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def put_in(body: bytes, chance: random.Random) -> bytes:
    """Something poisonous put in, once or often."""
    for _ in range(chance.choice((1, 1, 3, 30))):
        place = chance.randrange(len(body) + 1)
        body = body[:place] + chance.choice(POISON) + body[place:]
    return body


def take_out(body: bytes, chance: random.Random) -> bytes:
    """A piece taken out."""
    begin = chance.randrange(len(body) + 1)
    return body[:begin] + body[begin + chance.randint(1, 200) :]


def repeat(body: bytes, chance: random.Random) -> bytes:
    """A piece of it repeated many times."""
    begin = chance.randrange(len(body) + 1)
    piece = body[begin : begin + chance.randint(1, 80)]
    return body[:begin] + piece * chance.choice((2, 20, 500)) + body[begin:]


def swap(body: bytes, chance: random.Random) -> bytes:
    """The encoding is another one than it says."""
    text = body.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-32", "cp1252", "utf-7")), "replace")


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    cut,
    flip,
    put_in,
    take_out,
    repeat,
    swap,
)


def mutants(
    number: int, shared: Path | None, make: Callable[..., Document]
) -> Iterator[list[Document]]:
    """Batches of mutated documents, the same for the same number."""
    chance = random.Random(SEED)
    originals = bodies(shared)
    batch: list[Document] = []
    for count in range(number):
        name, body = chance.choice(originals)
        for _ in range(chance.randint(1, 3)):
            body = chance.choice(MUTATIONS)(body, chance)
        expects = "feed" if chance.random() < 0.2 else ""
        batch.append(make(body, name=f"{count}-{name}", expects=expects, url="https://x.example/"))
        if len(batch) == BATCH or count == number - 1:
            yield batch
            batch = []


def is_whole(found: Extraction) -> bool:
    """An answer with a reason or with articles that are what articles promise to be."""
    if found.failure is not None:
        return bool(found.failure) and not found.articles
    return all(
        one.text
        and not CONTROL.search(one.text)
        and one.text[: one.headline_end] == one.text[: one.headline_end].strip()
        and one.published is not None
        and one.published <= one.seen
        and one.parts == len(found.articles)
        for one in found.articles
    )


async def run(
    number: int, sandbox: Sandbox, shared: Path | None, make: Callable[..., Document]
) -> None:
    """Parse the mutants; after every batch a good document must be read as ever."""
    good = make(SAMPLES["bericht.txt"])
    broken: list[str] = []
    for batch in mutants(number, shared, make):
        begun = time.monotonic()
        *found, last = await sandbox.parse([*batch, good])
        took = time.monotonic() - begun
        assert [one.title for one in last.articles] == ["Kop van het bericht"]
        assert took < (len(batch) + 2) * DEADLINE_S
        broken += [one.document.name for one in found if not is_whole(one)]
        broken += [
            f"{one.document.name}: {one.failure}"
            for one in found
            if one.failure and ("ended the parser" in one.failure or "memory" in one.failure)
        ]
    assert broken == []


def shared_or_none() -> Path | None:
    """The shared material; without it only our own samples are mutated."""
    path = Path(os.environ.get("WATCHER_SHARED", ""))
    return path if path.is_dir() and str(path) != "." else None


async def test_a_thousand_mutants(sandbox: Sandbox, make_document: Callable[..., Document]) -> None:
    await run(DEFAULT, sandbox, shared_or_none(), make_document)


@pytest.mark.soak
async def test_thirty_thousand_mutants(
    sandbox: Sandbox, make_document: Callable[..., Document]
) -> None:
    await run(SOAK, sandbox, shared_or_none(), make_document)

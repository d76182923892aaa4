"""The child in which bytes are parsed: `python -m watcher.sources.parsing`.

Reads one JSON request a line (documents) and answers with one line (extractions). It has a
limit on memory and processor time, cannot write files, and dies with its parent.
"""

from __future__ import annotations

import base64
import ctypes
import json
import resource
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from watcher.articles.extract import extract
from watcher.model import Article, Document, Extraction, Part, Reading

#: Address space the child may use, in bytes.
MAX_MEMORY = 1 << 30
_PR_SET_PDEATHSIG = 1
_MICROSECOND = 1_000_000


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    _limit()
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    for line in iter(stdin.readline, b""):
        request = json.loads(line)
        _limit_cpu(request.get("cpu_s", 0))
        answer = [_answers(job) for job in request.get("jobs", ())]
        stdout.write(json.dumps({"jobs": answer}).encode() + b"\n")
        stdout.flush()


def _answers(job: dict[str, Any]) -> list[dict[str, Any]]:
    """What came out of one source's documents."""
    habits = frozenset(job["habits"])
    return [_answer(document, habits) for document in job["documents"]]


def _answer(packed: dict[str, Any], habits: frozenset[str]) -> dict[str, Any]:
    document = unpack_document(packed)
    try:
        return pack_extraction(extract(document, habits=habits))
    except MemoryError:
        return {"failure": "reading it takes more memory than a document may use"}
    except RecursionError:
        return {"failure": "it is nested too deeply"}


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_cpu(seconds: int) -> None:
    """Allow so many more seconds of processor time from now on."""
    if seconds:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def pack_document(document: Document) -> dict[str, Any]:
    """A document as JSON values."""
    return {
        "source": document.source,
        "name": document.name,
        "body": base64.b64encode(document.body).decode(),
        "seen": _micros(document.seen),
        "captured": _micros(document.captured),
        "content_type": document.content_type,
        "url": document.url,
        "encoding": document.encoding,
        "language": document.language,
        "usual_language": document.usual_language,
        "timezone": document.timezone,
        "tags": document.tags,
        "split": document.split,
        "boilerplate": document.boilerplate,
        "expects": document.expects,
        "known": _pack_reading(document.known),
    }


def unpack_document(packed: dict[str, Any]) -> Document:
    """The document that `pack_document` packed."""
    seen = _moment(packed["seen"])
    assert seen is not None
    return Document(
        **{
            **packed,
            "body": base64.b64decode(packed["body"]),
            "seen": seen,
            "captured": _moment(packed["captured"]),
            "tags": tuple(packed["tags"]),
            "known": _unpack_reading(packed["known"]),
        }
    )


def pack_extraction(extraction: Extraction) -> dict[str, Any]:
    """What came out of a document, as JSON values, without the document itself."""
    return {
        "articles": [_pack_article(article) for article in extraction.articles],
        "failure": extraction.failure,
        "losses": extraction.losses,
        "dropped": extraction.dropped,
        "lines": extraction.lines,
        "skipped": [_pack_part(part) for part in extraction.skipped],
        "reading": _pack_reading(extraction.reading),
    }


def unpack_extraction(document: Document, packed: dict[str, Any]) -> Extraction:
    """The extraction that `pack_extraction` packed, of this document."""
    return Extraction(
        document=document,
        articles=tuple(_unpack_article(article) for article in packed.get("articles", ())),
        failure=packed.get("failure"),
        losses=tuple(packed.get("losses", ())),
        dropped=tuple(packed.get("dropped", ())),
        lines=tuple(tuple((key, line) for key, line in lines) for lines in packed.get("lines", ())),
        skipped=tuple(_unpack_part(part) for part in packed.get("skipped", ())),
        reading=_unpack_reading(packed.get("reading")),
    )


def _pack_reading(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "frame": reading.frame,
        "encoding": reading.encoding,
        "habits": reading.habits,
        "parts": [_pack_part(part) for part in reading.parts],
    }


def _unpack_reading(packed: dict[str, Any] | None) -> Reading | None:
    if packed is None:
        return None
    return Reading(**{**packed, "parts": tuple(map(_unpack_part, packed["parts"]))})


def _pack_part(part: Part) -> tuple[str, str | None, str | None]:
    return part.digest, part.guid, part.url


def _unpack_part(packed: Sequence[Any]) -> Part:
    name, guid, url = packed
    return Part(digest=name, guid=guid, url=url)


_TIMES = ("seen", "published", "embargoed")
_LISTS = ("agencies", "remarks", "tags")
_FIELDS = tuple(name for name in Article.__dataclass_fields__ if name not in _TIMES)


def _pack_article(article: Article) -> dict[str, Any]:
    packed = {name: getattr(article, name) for name in _FIELDS}
    return packed | {name: _micros(getattr(article, name)) for name in _TIMES}


def _unpack_article(packed: dict[str, Any]) -> Article:
    for name in _TIMES:
        packed[name] = _moment(packed[name])
    for name in _LISTS:
        packed[name] = tuple(packed[name])
    return Article(**packed)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * _MICROSECOND)


def _moment(micros: int | None) -> datetime | None:
    if micros is None:
        return None
    seconds, rest = divmod(micros, _MICROSECOND)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)


if __name__ == "__main__":
    main()

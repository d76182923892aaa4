"""Compressed bodies: the whole of what was sent, or an error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest

from watcher.errors import FetchError
from watcher.sources.inflate import Body

TEXT = b"<rss>" + b"nieuws " * 50 + b"</rss>"


def packed(body: bytes) -> bytes:
    """gzip without its clock: the same test has the same name in every process."""
    return gzip.compress(body, mtime=0)


def raw(body: bytes) -> bytes:
    """Deflate without its header, as half of the servers send it."""
    return zlib.compress(body)[2:-4]


def read(coding: str, sent: bytes, *, limit: int = 10_000, step: int = 7) -> bytes:
    body = Body(coding, limit)
    for at in range(0, len(sent), step):
        body.add(sent[at : at + step])
    return body.finish()


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", packed),
        ("x-gzip", packed),
        ("GZIP", packed),
        ("deflate", zlib.compress),
        ("deflate", raw),
        ("gzip", lambda text: packed(text[:99]) + packed(text[99:])),
        ("gzip", lambda text: packed(text) + b"\0" * 20),
        ("gzip", lambda text: packed(text) + b"\r\n"),
        ("gzip, gzip", lambda text: packed(packed(text))),
        ("deflate, gzip", lambda text: packed(zlib.compress(text))),
        ("", packed),
        ("gzip, identity", packed),
    ],
)
def test_a_whole_body_is_read(coding: str, pack: Callable[[bytes], bytes], step: int) -> None:
    assert read(coding, pack(TEXT), step=step) == TEXT


def damaged(body: bytes) -> bytes:
    return body[:30] + bytes(byte ^ 0xFF for byte in body[30:40]) + body[40:]


@pytest.mark.parametrize(
    ("coding", "sent", "error"),
    [
        ("gzip", packed(TEXT)[:-1], "cut off"),
        ("gzip", packed(TEXT)[:20], "cut off"),
        ("gzip", b"\x1f", "cut off"),
        ("deflate", zlib.compress(TEXT)[:-3], "cut off"),
        ("deflate", raw(TEXT)[:-1], "cut off"),
        ("gzip, gzip", packed(packed(TEXT)[:-4]), "cut off"),
        ("", packed(TEXT)[:-1], "cut off"),
        ("gzip", damaged(packed(TEXT)), "damaged"),
        ("gzip", packed(TEXT)[:-8] + b"12345678", "damaged"),
        ("gzip", TEXT, "damaged"),
        ("gzip", packed(TEXT) + TEXT, "damaged"),
        ("gzip", packed(b" " * 10_001), "larger"),
        ("gzip, gzip", packed(packed(b" " * 5_000_000)), "larger"),
        ("", packed(b" " * 5_000_000), "larger"),
        ("deflate", b" " * 10_001, "damaged"),
        ("", b" " * 10_001, "larger"),
        ("br", TEXT, 'compressed as "br"'),
        ("gzip, zstd", TEXT, 'compressed as "zstd"'),
        ("gzip, gzip, gzip", TEXT, "compressed 3 times"),
    ],
)
def test_anything_else_is_an_error(coding: str, sent: bytes, error: str) -> None:
    with pytest.raises(FetchError, match=error):
        read(coding, sent)


def test_nothing_is_nothing() -> None:
    assert read("gzip", b"") == b""
    assert read("", b"") == b""

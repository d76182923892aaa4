"""Response bodies, decompressed by us: so that their size and their end can be checked.

Clients take a gzip that was cut off for a short text, and a bomb for a long one.
"""

from __future__ import annotations

import zlib

from watcher.errors import FetchError

_GZIP = b"\x1f\x8b"
#: Window bits for a gzip header, a zlib header, and none at all.
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
#: What servers leave behind the end.
_PADDING = b"\0\r\n "
#: Nobody compresses more often than twice.
_MAX_CODINGS = 2


class Body:
    """A body as it arrives: at most ``limit`` bytes, before and after decompression.

    ``coding`` is the Content-Encoding. Every method raises `FetchError` for a body that is too
    large, damaged, cut off, or compressed in another way.
    """

    def __init__(self, coding: str, limit: int) -> None:
        names = [one.strip() for one in coding.lower().split(",")]
        codings = [name.removeprefix("x-") for name in names if name not in {"", "identity"}]
        for name in codings:
            if name not in {"gzip", "deflate"}:
                raise FetchError(f'compressed as "{name}", which was not asked for')
        if len(codings) > _MAX_CODINGS:
            raise FetchError(f"compressed {len(codings)} times")
        # The last one named was applied last.
        outer = codings.pop() if codings else ""
        self._inner = codings
        self._limit = limit
        self._stream = _Inflate(outer, limit) if outer else None
        self._plain = bytearray()
        self._received = 0

    def add(self, chunk: bytes) -> None:
        """The next bytes from the wire."""
        self._received += len(chunk)
        if self._stream is not None:
            self._stream.add(chunk)
        else:
            self._plain += chunk
        if self._received > self._limit:
            raise _too_large(self._limit)

    def finish(self) -> bytes:
        """The whole body, once all of it is there."""
        body = bytes(self._plain) if self._stream is None else self._stream.finish()
        codings = list(reversed(self._inner))
        if not codings and body.startswith(_GZIP):
            # feed.xml.gz from a server that does not know it as compressed.
            codings = ["gzip"]
        for coding in codings:
            stream = _Inflate(coding, self._limit)
            stream.add(body)
            body = stream.finish()
        return body


class _Inflate:
    """One compressed stream; of gzip several members one after the other (RFC 9110)."""

    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding
        self._limit = limit
        self._body = bytearray()
        self._stream: zlib._Decompress | None = None
        self._head = b""

    def add(self, chunk: bytes) -> None:
        try:
            self._add(self._head + chunk)
        except zlib.error:
            raise FetchError(
                "the compressed body is damaged, or not compressed as it says"
            ) from None

    def _add(self, chunk: bytes) -> None:
        self._head = b""
        while chunk:
            if self._stream is None or self._stream.eof:
                if self._stream is not None and not chunk.strip(_PADDING):
                    return
                if len(chunk) < 2:
                    self._head = chunk
                    return
                self._stream = zlib.decompressobj(wbits=_bits(self._coding, chunk))
            self._body += self._stream.decompress(chunk, self._limit - len(self._body) + 1)
            if len(self._body) > self._limit:
                raise _too_large(self._limit)
            chunk = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> bytes:
        if (self._stream is None and self._head) or (self._stream and not self._stream.eof):
            raise FetchError("the compressed body was cut off")
        return bytes(self._body)


def _bits(coding: str, head: bytes) -> int:
    """Half of the servers that say deflate leave the zlib header out."""
    if coding == "gzip":
        return _GZIP_BITS
    has_header = head[0] & 0x0F == zlib.DEFLATED and (head[0] << 8 | head[1]) % 31 == 0
    return _ZLIB_BITS if has_header else _RAW_BITS


def _too_large(limit: int) -> FetchError:
    return FetchError(f"larger than {limit:,} bytes")

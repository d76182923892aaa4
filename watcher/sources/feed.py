"""A feed over HTTP: asked politely, for what changed, as often as it brings something."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from watcher.errors import FetchError
from watcher.model import Article, Document, Extraction, Poll, Reading, SourceSpec, SourceState
from watcher.secrecy import public_url, scrub_pieces, secrets_of
from watcher.sources.fetch import Answer, Fetcher, origin, split_user
from watcher.sources.politeness import (
    DAY,
    Pace,
    fresh_for,
    retry_after,
    wait_after_error,
    wait_after_success,
)
from watcher.text import digest

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.5"
#: Once in so long a body is asked for whether it changed or not: some servers say "not
#: modified" for ever.
_FULL_EVERY = DAY
#: A remembered move that fails so often is forgotten, and the configured URL asked again.
_MOVE_TRIES = 2
#: Share of a wait by which it is longer or shorter, so that feeds do not all come at once.
_JITTER = 0.1
_NOT_MODIFIED, _OK, _GONE = 304, 200, 410
#: Refusals that are about whoever asks too much, not about this feed.
_SLOW_DOWN = frozenset((429, 503))


class FeedSource:
    """The Source of `watcher.interfaces` for one feed URL."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        pace: Pace,
        fetcher: Fetcher,
        headers: Mapping[str, str] | None = None,
        language: str | None = None,
        tags: tuple[str, ...] = (),
        timezone: str = "Europe/Amsterdam",
        boilerplate: bool = True,
        backfill: timedelta = DAY,
        full: bool = False,
        paused: bool = False,
    ) -> None:
        self._url, login = split_user(url)
        self._headers = {**login, **(headers or {})}
        self._secrets_known = (*secrets_of(url), *_words(self._headers))
        self._shown = public_url(url)
        self._pace = pace
        self._fetcher = fetcher
        self._language = language
        self._tags = tags
        self._timezone = timezone
        self._boilerplate = boilerplate
        self.reads_pages = full
        #: Hash and reading of the last body, once all of it is recorded: in this process only,
        #: so that whatever goes wrong, everything is read again.
        self._known: tuple[str, Reading] | None = None
        self.spec = SourceSpec(
            name=name,
            type="feed",
            lane_kind="host",
            lane_name=urlsplit(self._url).netloc.lower(),
            every=pace.every,
            paused=paused,
            # Another address is another feed, also if only what is not shown differs.
            url=f"{self._shown}#{digest(url)[:8]}" if self._shown != url else url,
            backfill=backfill,
        )

    async def poll(self, state: SourceState) -> Poll:
        """Ask once; a body that is the same as last time is no document."""
        now = datetime.now(UTC)
        full = state.full_at is None or now - state.full_at >= _FULL_EVERY
        moved = bool(state.moved_to) and state.failures < _MOVE_TRIES
        url = state.moved_to if moved else self._url
        try:
            answer = await self._fetcher.get(
                url, headers=_asking(state, full=full), secret_headers=self._secrets(url)
            )
        except FetchError as error:
            return self._failed(state, str(error))
        moved_to = self._kept(answer.moved_to) or (state.moved_to if moved else "")
        if answer.status == _NOT_MODIFIED:
            return self._unchanged(state, answer, moved_to, now)
        if answer.status == _OK:
            return self._changed(state, answer, moved_to, now, full=full)
        return self._refused(state, answer, now)

    async def page(self, article: Article) -> Document:
        """The page that an article links to. Raises `FetchError`."""
        url = article.url or ""
        answer = await self._fetcher.get(
            url, headers={"Accept": _ACCEPT_PAGE}, secret_headers=self._secrets(url)
        )
        if answer.status != _OK:
            raise FetchError(f"HTTP {answer.status} {answer.reason}".strip())
        return Document(
            source=self.spec.name,
            name=url,
            body=answer.body,
            seen=article.seen,
            content_type=answer.headers.get("Content-Type", ""),
            url=answer.url,
            usual_language=self._language,
            tags=self._tags,
            timezone=self._timezone,
            boilerplate=self._boilerplate,
        )

    async def changed(self) -> None:
        """Never: a feed says nothing unless it is asked."""
        await asyncio.Event().wait()

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        """The validators were recorded with the articles; of the next body only what is new
        need be read, unless the articles' texts come from elsewhere."""
        for one in extractions:
            if one.reading and not self.reads_pages:
                self._known = _hash(one.document.body), one.reading

    async def close(self) -> None:
        """Nothing to give back: the fetcher belongs to the composition root."""

    def _kept(self, moved_to: str) -> str:
        """The new address, if it may be written down: with our key in it, it is found each time."""
        return moved_to if scrub_pieces(moved_to, self._secrets_known) == moved_to else ""

    def _secrets(self, url: str) -> Mapping[str, str]:
        """The headers that only the feed's own origin may see."""
        if self._headers and origin(url) == origin(self._url):
            return self._headers
        return {}

    def _failed(
        self,
        state: SourceState,
        error: str,
        asked: timedelta | None = None,
        lane_wait: timedelta | None = None,
    ) -> Poll:
        return Poll(
            source=self.spec.name,
            error=scrub_pieces(error, self._secrets_known),
            wait=_jittered(wait_after_error(self._pace, state.failures, asked)),
            lane_wait=lane_wait,
        )

    def _refused(self, state: SourceState, answer: Answer, now: datetime) -> Poll:
        error = f"HTTP {answer.status} {answer.reason}".strip()
        if answer.status == _GONE:
            error += ": the publisher has ended this feed; it is asked once a day"
            return self._failed(state, error, DAY)
        asked = retry_after(answer.headers, now)
        if answer.status in _SLOW_DOWN and asked:
            error += f": asks to be left alone for {asked.total_seconds():g} s"
            return self._failed(state, error, asked, lane_wait=min(asked, DAY))
        return self._failed(state, error, asked)

    def _unchanged(self, state: SourceState, answer: Answer, moved_to: str, now: datetime) -> Poll:
        return Poll(
            source=self.spec.name,
            etag=state.etag,
            modified=state.modified,
            body_hash=state.body_hash,
            moved_to=moved_to,
            event=_event(state, answer.moved_to or moved_to),
            wait=self._wait(state, answer, now),
        )

    def _changed(
        self, state: SourceState, answer: Answer, moved_to: str, now: datetime, *, full: bool
    ) -> Poll:
        body_hash = _hash(answer.body)
        documents: tuple[Document, ...] = ()
        if body_hash != state.body_hash:
            documents = (self._document(answer, now, self._recalled(state, full=full)),)
        return Poll(
            source=self.spec.name,
            documents=documents,
            etag=answer.headers.get("ETag", ""),
            modified=answer.headers.get("Last-Modified", ""),
            body_hash=body_hash,
            full=full,
            moved_to=moved_to,
            event=_event(state, answer.moved_to or moved_to),
            wait=self._wait(state, answer, now),
        )

    def _document(self, answer: Answer, now: datetime, known: Reading | None) -> Document:
        return Document(
            source=self.spec.name,
            name=self._shown,
            body=answer.body,
            seen=now,
            content_type=answer.headers.get("Content-Type", ""),
            url=answer.url,
            expects="feed",
            usual_language=self._language,
            tags=self._tags,
            timezone=self._timezone,
            boilerplate=self._boilerplate,
            known=known,
        )

    def _recalled(self, state: SourceState, *, full: bool) -> Reading | None:
        """What the last body came to, if the store has that very body; forgotten until the next
        one is recorded too. A body that is asked for once a day is read from end to end."""
        known, self._known = self._known, None
        return known[1] if known and known[0] == state.body_hash and not full else None

    def _wait(self, state: SourceState, answer: Answer, now: datetime) -> timedelta:
        asked = fresh_for(answer.headers, answer.body, now)
        return _jittered(wait_after_success(self._pace, state, now, asked))


def _asking(state: SourceState, *, full: bool) -> dict[str, str]:
    """The headers of a request; with ``full`` none that could be answered "not modified"."""
    headers = {"Accept": _ACCEPT}
    if state.etag and not full:
        headers["If-None-Match"] = state.etag
    if state.modified and not full:
        headers["If-Modified-Since"] = state.modified
    return headers


def _words(headers: Mapping[str, str]) -> Iterator[str]:
    """What stands in secret headers; the names of ways to log in are none."""
    for value in headers.values():
        yield value
        yield from (word for word in value.split() if word not in {"Basic", "Bearer", "Token"})


def _event(state: SourceState, moved_to: str) -> str:
    event = f"moved for good to {public_url(moved_to)}; change its url"
    return event if moved_to not in {"", state.moved_to} and event != state.event else ""


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(1 - _JITTER, 1 + _JITTER)

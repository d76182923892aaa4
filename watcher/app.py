"""The composition root: a configuration becomes store, sources, rules and channels.

The only file that names concrete classes. Commands and tests use it in their own process.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import random
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TextIO, TypedDict

from watcher import pipeline
from watcher.config import Channel as ChannelConfig
from watcher.config import Config, resolve_secret
from watcher.config import Source as SourceConfig
from watcher.counts import Lull
from watcher.decisions import Desk
from watcher.delivery.address import pieces_of
from watcher.delivery.channel import (
    AppriseChannel,
    ChildChannel,
    ConsoleChannel,
    FileChannel,
    check_url,
)
from watcher.delivery.mail import MailChannel
from watcher.delivery.retry import RetryPolicy, is_failing
from watcher.delivery.words import Language
from watcher.errors import ConfigError, Problem, SecretError, WatcherError
from watcher.interfaces import Channel, Source
from watcher.log import hide
from watcher.mailbox import Mistake, parse_mail_server
from watcher.model import (
    Answer,
    Claim,
    Decision,
    Held,
    Lane,
    Released,
    Sent,
    Settlement,
    SourceState,
)
from watcher.places import Places
from watcher.policies import policy_of
from watcher.project import read_test_document, rule_roots
from watcher.releases import release, to_each
from watcher.rules.book import Loaded, RuleBook
from watcher.secrecy import secrets_of
from watcher.sources.feed import FeedSource
from watcher.sources.fetch import Fetcher, FetchLimits
from watcher.sources.folder import FolderSource
from watcher.sources.politeness import Pace
from watcher.sources.sandbox import Sandbox
from watcher.store.sqlite import backup
from watcher.store.store import SqlStore, open_store
from watcher.store.thread import StoreThread
from watcher.troubles import find_troubles, tell_troubles
from watcher.volume import look_every

_log = logging.getLogger(__name__)

#: Longer than any poll or transmission may take (docs/decisions.md, "Leases").
LEASE = timedelta(seconds=120)
#: Days that an alert shows of its rule.
_TREND_DAYS = 14

_AnyChannel = AppriseChannel | ConsoleChannel | FileChannel | MailChannel


class _Shared(TypedDict):
    """What every channel is told."""

    language: Language
    timezone: str
    min_severity: int


class App:
    """All parts of one configuration, opened and ready; `close` gives everything back."""

    def __init__(
        self, config: Config, *, console: TextIO | None = None, color: bool = False
    ) -> None:
        self.config = config
        self.owner = f"{socket.gethostname()}:{config.path(config.watcher.state)}"
        self._console = console or sys.stdout
        self._color = color
        self._thread = StoreThread()
        self.work = self._thread.work
        self._retry = RetryPolicy(
            retry_for=config.delivery.retry_for, backoff=config.delivery.backoff
        )
        self.channels: dict[str, Channel] = {one.name: self._channel(one) for one in config.channel}
        #: Troubles that the operator knows of; the store knows them all, this saves asking.
        self._reported: set[tuple[str, ...]] = set()
        self._fallbacks = {
            one.name: self.channels[one.fallback] for one in config.channel if one.fallback
        }
        self._book = RuleBook(
            config.path(config.watcher.rules),
            keep=config.path(config.watcher.state) / "rules",
            channels=list(self.channels),
            read=functools.partial(read_test_document, roots=rule_roots(config)),
        )
        self.loaded = Loaded(rules=(), problems=(), files=0)
        self.desk = self._desk()
        #: The rules that count of which the store knows.
        self._watched: set[str] | None = None
        self.parser = Sandbox()
        self.store: SqlStore
        self.sources: dict[str, Source] = {}

    async def start(self) -> None:
        """Open the store, load the rules, set up the sources. Raises `StoreError`."""
        self.store = await self._thread.alone(lambda: open_store(self.config.store_url))
        self._thread.together = self.store.together
        await self.load_rules()
        self._fetcher = open_fetcher(self.config)
        self.sources = {one.name: self._source(one) for one in self.config.source}
        await self.work(
            lambda: self.store.sync_sources([one.spec for one in self.sources.values()])
        )
        await self.work(lambda: self.store.recover(self.owner))

    async def warm_up(self) -> None:
        """Start the children, so that the first file and the first alert need not wait."""
        starting = [self.parser.start()]
        starting += [
            channel.start()
            for channel in self.channels.values()
            if isinstance(channel, ChildChannel)
        ]
        await asyncio.gather(*starting, return_exceptions=True)

    async def close(self) -> None:
        """Give everything back; in-flight transmissions are ended."""
        for closing in (
            *(source.close() for source in self.sources.values()),
            *(channel.close() for channel in self.channels.values()),
            self.parser.close(),
        ):
            await closing
        if hasattr(self, "_fetcher"):
            await self._fetcher.close()
        if hasattr(self, "store"):
            await self._thread.alone(self.store.close)
        self._thread.close()

    async def load_rules(self) -> Loaded:
        """Load the rule files again; what is broken leaves its last good version in force."""
        self.loaded = await asyncio.to_thread(self._book.load)
        self.desk = self._desk()
        # Rules and word lists stay until the next reload. Looking through them again and again
        # took the collector 100 ms at a time, while nothing else went on.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        await self.count()
        return self.loaded

    async def count(self) -> None:
        """Count anew how often each rule matched lately. Raises `StoreError`."""
        trends = await self.work(lambda: self.store.trends(_TREND_DAYS))
        # A rule that never matched has a trend too: today is the first time.
        none = dict.fromkeys((one.info.id for one in self.desk.rules.rules), (0,) * _TREND_DAYS)
        policy = replace(self.desk.policy, trends=none | trends)
        self.desk = replace(self.desk, policy=policy)

    async def claim(self, kind: str, name: str) -> Lane | None:
        """The named lane, due or not; None if another node works on it."""
        return await self.work(lambda: self.store.claim_lane(kind, self.owner, LEASE, name=name))

    async def claim_due(self, kind: str, limit: int) -> list[Lane]:
        """Lanes of this kind that are due, the most overdue first."""
        return await self.work(lambda: self.store.claim_lanes(kind, self.owner, LEASE, limit))

    async def ingest(self, source: Source, state: SourceState, lane: Lane) -> pipeline.Ingested:
        """Poll a source once and record what it brought. Raises `StoreError`."""
        ingested = await pipeline.ingest(
            source,
            state,
            lane,
            parser=self.parser,
            store=self.store,
            work=self.work,
            desk=self.desk,
        )
        _tell(state.name, state.error, ingested)
        return ingested

    def look_every(self) -> timedelta:
        """How often to look for rules that have found nothing for long."""
        return look_every(rule.info.volume for rule in self.desk.rules.rules)

    async def listen(self) -> Sequence[Decision]:
        """Tell of rules that have found nothing for long; nothing to do without rules that count.
        Raises `StoreError`."""
        counting = [one.info for one in self.desk.rules.rules if one.info.volume is not None]
        watched = {info.id for info in counting}
        if watched == self._watched and not any(isinstance(one.volume, Lull) for one in counting):
            return ()
        lane = await self.claim("cron", "lulls")
        if lane is None:
            return ()
        try:
            decisions = await pipeline.listen(
                lane, store=self.store, work=self.work, desk=self.desk
            )
        finally:
            await self.work(lambda: self.store.release(lane))
        self._watched = watched
        _tell_alerts(decisions)
        return decisions

    async def report(self) -> Sequence[Decision]:
        """Tell the operator's channel of trouble that it was not told of. Raises `StoreError`."""
        name, language = self.config.ops.alert_me, self.config.watcher.language
        if name is None:
            return ()
        overview = await self.work(self.store.overview)
        troubles = find_troubles(overview, language=language, channel=name)
        news = {one.about for one in troubles} - self._reported
        lane = await self.claim("cron", "troubles") if news else None
        if lane is None:
            return ()
        mine = [one for one in troubles if one.about in news]
        channel = self.channels[name]
        try:
            decisions = await self.work(
                lambda: self.store.record_notices(
                    lane,
                    lambda history: tell_troubles(
                        mine, channel, now=history.now, language=language
                    ),
                )
            )
        finally:
            await self.work(lambda: self.store.release(lane))
        self._reported |= news
        _tell_alerts(decisions)
        return decisions

    async def deliver(
        self, channel: Channel, *, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        """Send everything that is due on one channel. Raises `StoreError`."""
        await pipeline.deliver(
            channel,
            store=self.store,
            work=self.work,
            owner=self.owner,
            lease=self.config.delivery.deadline + LEASE,
            compose=self._composer(channel),
            settle=self._settle,
            on_sent=_tell_sent,
            stopping=stopping,
        )

    def _settle(self, claim: Claim, answer: Answer) -> Settlement:
        """What becomes of a delivery after this answer, and who takes it over."""
        settlement = self._retry.decide(claim, answer, jitter=random.random())
        failing = claim.delivery.channel
        other = self._fallbacks.get(failing)
        if other is None or not is_failing(claim, settlement):
            return settlement
        message = other.relay(claim.delivery.message, failing)
        return replace(settlement, instead=tuple(to_each(other, [claim.delivery.alert], message)))

    def _composer(self, channel: Channel) -> Callable[[Sequence[Held]], Released]:
        """What becomes of what was held, by the rules of the moment when it is asked."""

        def compose(held: Sequence[Held]) -> Released:
            infos = {rule.info.id: rule.info for rule in self.desk.rules.rules}
            return release(held, channel, infos)

        return compose

    def _desk(self) -> Desk:
        rules, policy = self.loaded.compile(), policy_of(self.config)
        return Desk(
            rules=rules,
            policy=policy,
            channels=self.channels,
            memory=policy.timetable.memory(rule.info for rule in rules.rules),
            language=self.config.watcher.language,
        )

    def _source(self, one: SourceConfig) -> Source:
        config = self.config
        if one.type == "folder":
            assert one.path is not None
            return FolderSource(
                name=one.name,
                path=config.path(one.path),
                after=one.after,
                encoding=None if one.encoding == "auto" else one.encoding,
                settle=one.settle,
                language=one.language,
                tags=one.tags,
                max_bytes=config.fetch.max_bytes,
                split=config.articles.split,
                boilerplate=config.articles.boilerplate,
                paused=one.paused,
            )
        assert one.url is not None
        headers = {
            key: resolve_secret(value, folder=config.folder) for key, value in one.headers.items()
        }
        hide((*secrets_of(one.url), *headers.values()))
        return FeedSource(
            name=one.name,
            url=one.url,
            pace=Pace(every=one.every, fastest=one.bounds[0], slowest=one.bounds[1]),
            fetcher=self._fetcher,
            headers=headers,
            language=one.language,
            tags=one.tags,
            timezone=one.timezone or config.watcher.timezone,
            boilerplate=config.articles.boilerplate,
            backfill=one.backfill,
            full=one.fetch == "full",
            paused=one.paused,
        )

    def _channel(self, one: ChannelConfig) -> Channel:
        channel = self._make_channel(one)
        channel.takes_embargoed = one.embargo == "send"
        return channel

    def _make_channel(self, one: ChannelConfig) -> _AnyChannel:
        config = self.config
        shared: _Shared = {
            "language": one.language or config.watcher.language,
            "timezone": config.watcher.timezone,
            "min_severity": one.min_severity.rank,
        }
        if one.kind == "console":
            return ConsoleChannel(one.name, stream=self._console, color=self._color, **shared)
        if one.kind == "file":
            assert one.path is not None
            return FileChannel(one.name, config.path(one.path), **shared)
        deadline = config.delivery.deadline
        if one.kind == "email":
            assert one.smtp is not None
            assert one.sender is not None
            smtp = resolve_secret(one.smtp, folder=config.folder)
            hide(secrets_of(smtp))
            return MailChannel(
                one.name, smtp=smtp, sender=one.sender, to=one.to, deadline=deadline, **shared
            )
        urls = [resolve_secret(url, folder=config.folder) for url in one.url]
        hide(piece for url in urls for piece in (*pieces_of(url), *secrets_of(url)))
        return AppriseChannel(one.name, urls, deadline=deadline, **shared)


def open_fetcher(config: Config) -> Fetcher:
    """The way to the web that this configuration allows."""
    fetch = config.fetch
    return Fetcher(
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        limits=FetchLimits(
            timeout=fetch.timeout, max_bytes=fetch.max_bytes, user_agent=fetch.user_agent
        ),
        allowed=fetch.allow_private,
    )


def _tell(source: str, earlier_error: str, ingested: pipeline.Ingested) -> None:
    """Log what a poll came to: an error once, a quarantined document always."""
    if ingested.error and ingested.error != earlier_error:
        _log.error("source %s: %s", source, ingested.error)
    elif earlier_error and not ingested.error:
        _log.info("source %s works again", source)
    if ingested.event:
        _log.warning("source %s: %s", source, ingested.event)
    for one in ingested.quarantined:
        _log.error("source %s: %s: %s", source, one.document, one.reason)
    _tell_alerts(ingested.decisions)


def _tell_alerts(decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        for alert in decision.alerts:
            to = ", ".join(alert.channels) or alert.reason
            _log.info("alert %s %s [%s]: %s", alert.id, alert.rule, to, alert.title)


def _tell_sent(claim: Claim, answer: Answer) -> None:
    """Log what a transmission came to."""
    delivery = claim.delivery
    place = f"{delivery.channel} ({delivery.recipient})"
    if answer.sent is Sent.DONE:
        _log.info("alert %s sent to %s", delivery.alert, place)
    else:
        _log.warning(
            "alert %s to %s, attempt %d: %s", delivery.alert, place, claim.attempt, answer.error
        )


def trouble_with(config: Config) -> str:
    """Why this configuration could not be started, while another still runs; "" if it can."""
    try:
        App(config)
        open_store(config.store_url).close()
    except WatcherError as error:
        return str(error)
    return ""


def dry(config: Config, folder: Path) -> Config:
    """This configuration with nothing real behind it: a copy of the store in ``folder``, every
    channel on the console, files left where they are."""
    copy = folder / "watcher.db"
    if config.store_url.startswith("sqlite:"):
        backup(config.store_url, copy)
    return config.model_copy(
        update={
            "watcher": config.watcher.model_copy(update={"state": folder}),
            "store": config.store.model_copy(update={"url": f"sqlite:{copy}"}),
            "source": tuple(one.model_copy(update={"after": "keep"}) for one in config.source),
            "channel": tuple(
                one.model_copy(update={"type": "console", "url": ()}) for one in config.channel
            ),
        }
    )


def check_channels(config: Config, file: str) -> list[Problem]:
    """Channels that cannot work as configured: unreadable secrets, URLs nobody understands."""
    places = Places(Path(file).read_text(encoding="utf-8") if Path(file).is_file() else "")
    problems = []
    for number, channel in enumerate(config.channel):
        line, column = places.find(("channel", number, "smtp" if channel.smtp else "url"))
        problems += [
            # Without the line itself: a secret may stand in it.
            Problem(
                file=file,
                line=line,
                column=column,
                code="C007",
                message=f'channel "{channel.name}": {reason}',
                hint=hint,
            )
            for reason, hint in _troubles(channel, config.folder)
        ]
    return problems


def _troubles(channel: ChannelConfig, folder: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with a channel's addresses, and what may help."""
    for url in (channel.smtp,) if channel.smtp else channel.url:
        try:
            address = resolve_secret(url, folder=folder)
            if channel.smtp:
                parse_mail_server(address)
            elif reason := check_url(address):
                yield reason, ""
        except SecretError as error:
            yield str(error), ""
        except Mistake as error:
            yield f"smtp: {error}", error.hint


def require_channels(config: Config, file: str) -> None:
    """Raise `ConfigError` for channels that cannot work as configured."""
    problems = check_channels(config, file)
    if problems:
        raise ConfigError(problems)

"""The process: what happens when, from the first second to the last.

APScheduler only ticks; what is due stands in the store. Each source's lane and each channel has
a task of its own, so nothing waits for a slow one. A process lives through generations: a
reload with a changed configuration ends one and starts the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import __version__, pipeline
from watcher.app import LEASE, App, StateLock
from watcher.config import Config, not_yet_in_effect
from watcher.errors import ConfigError, LostLease, SecretError, StoreError
from watcher.interfaces import Channel, Source
from watcher.model import Answer, Claim, Lane, Sent
from watcher.rules.problems import show_problem

_log = logging.getLogger(__name__)

_TICK_S = 1
#: How long polls and transmissions in flight may go on after SIGTERM, in seconds.
_GRACE_S = 5.0
#: The wall clock may differ so much from the monotonic one between two ticks, in seconds.
_CLOCK_JUMP_S = 30.0


class Daemon:
    """The daemon's life. ``load`` reads the configuration anew, for the start and each reload."""

    def __init__(self, load: Callable[[], Config]) -> None:
        self._load = load
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises `ConfigError`, `AlreadyRunning` or `StoreError` when it cannot start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        config = self._load()
        lock = StateLock(config.path(config.watcher.state))
        try:
            while not self._stop.is_set():
                config = await self._generation(config)
        finally:
            notify("STOPPING=1")
            lock.release()

    async def _generation(self, config: Config) -> Config:
        """Work with this configuration until it changes or the daemon stops; the next one."""
        app = App(config)
        try:
            await app.start()
            async with Shift(app):
                notify("READY=1", f"STATUS=watching {len(app.sources)} sources")
                while not self._stop.is_set():
                    await _first(self._stop.wait(), self._reload.wait())
                    if self._reload.is_set() and not self._stop.is_set():
                        self._reload.clear()
                        changed = await self._reloaded(app, config)
                        if changed is not None:
                            return changed
            return config
        finally:
            await app.close()

    async def _reloaded(self, app: App, config: Config) -> Config | None:
        """Reload rules in place; the new configuration where that has changed."""
        notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            new = self._load()
        except (ConfigError, SecretError) as error:
            _log.error("the configuration stays as it was: %s", error)
            for problem in getattr(error, "problems", ()):
                _log.error("%s", show_problem(problem))
            await note(app, "config", f"the configuration on disk has problems: {error}")
        else:
            await note(app, "config", "")
            if new != config:
                _log.info("configuration reloaded")
                return new
        await app.load_rules()
        await tell_rules(app)
        notify("READY=1")
        return None


class Shift:
    """The tasks of one generation, from start to clean end."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._wakes = {name: asyncio.Event() for name in app.channels}
        #: Lanes this process works on: the store would give an owner its own lane again.
        self._busy: set[tuple[str, str]] = set()
        self._claiming = asyncio.Lock()
        self._ending = False
        self._clocks = (time.time(), time.monotonic())
        self._watchdog_s = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000

    async def __aenter__(self) -> Shift:
        """Start every task."""
        app = self._app
        started = datetime.now(UTC).isoformat(timespec="seconds")
        daemon = {"version": __version__, "pid": os.getpid(), "started": started}
        await note(self._app, "daemon", json.dumps(daemon))
        await tell_rules(self._app)
        for key in not_yet_in_effect(app.config):
            _log.warning("%s is set, but this version does nothing with it yet", key)
        self._spawn(app.warm_up())
        for source in app.sources.values():
            if not source.spec.paused:
                self._spawn(self._watch(source))
        for channel in app.channels.values():
            self._sending.add(asyncio.create_task(self._send(channel)))
        self._scheduler.add_job(self._tick, "interval", seconds=_TICK_S)
        self._scheduler.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End every task: those in flight get a moment, then they are cancelled."""
        self._ending = True
        self._scheduler.shutdown(wait=False)
        for wake in self._wakes.values():
            wake.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=_GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await note(self._app, "daemon", "")

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a task failed", exc_info=task.exception())

    async def _tick(self) -> None:
        """Every second: start what is due, wake who has something to send."""
        self._compare_clocks()
        try:
            await self._start_due_polls()
            due = await self._app.work(self._app.store.next_due)
            now = await self._app.work(self._app.store.now)
        except StoreError as error:
            _log.error("%s", error)
            return
        if due is not None and due <= now:
            self._wake()
        # The store has just answered: the watchdog may know.
        if self._watchdog_s:
            notify("WATCHDOG=1")

    def _compare_clocks(self) -> None:
        wall, monotonic = time.time(), time.monotonic()
        jump = (wall - self._clocks[0]) - (monotonic - self._clocks[1])
        self._clocks = (wall, monotonic)
        if abs(jump) > _CLOCK_JUMP_S:
            _log.warning("the clock jumped by %+.0f s; polls follow the new time", jump)

    async def _start_due_polls(self) -> None:
        limit = self._app.config.fetch.concurrency
        for kind in ("host", "folder"):
            while len(self._tasks) < limit + 2 * len(self._app.sources):
                lane = await self._claim(kind)
                if lane is None:
                    break
                self._spawn(self._poll_lane(lane))

    async def _claim(self, kind: str, name: str | None = None) -> Lane | None:
        """A lane that is due, or the named one if nothing works on it here or elsewhere."""
        app = self._app
        async with self._claiming:
            if (kind, name) in self._busy:
                return None
            lane = await app.work(lambda: app.store.claim_lane(kind, app.owner, LEASE, name=name))
            if lane is not None:
                self._busy.add((lane.kind, lane.name))
            return lane

    async def _watch(self, source: Source) -> None:
        """Poll a source whenever it says that something changed."""
        spec = source.spec
        while True:
            await source.changed()
            try:
                lane = await self._claim(spec.lane_kind, spec.lane_name)
            except StoreError as error:
                _log.error("%s", error)
                lane = None
            if lane is None:
                await asyncio.sleep(_TICK_S / 10)  # polled already: look again soon
                continue
            await self._poll_lane(lane, due_only=False)

    async def _poll_lane(self, lane: Lane, *, due_only: bool = True) -> None:
        """Poll the lane's sources, one after the other, and give the lane back."""
        app = self._app
        try:
            states = await app.work(lambda: app.store.sources(lane, due_only=due_only))
            for state in states:
                source = app.sources.get(state.name)
                more = source is not None
                while more and source is not None:
                    ingested = await pipeline.ingest(
                        source,
                        state,
                        lane,
                        parser=app.parser,
                        store=app.store,
                        work=app.work,
                        desk=app.desk,
                    )
                    tell(state.name, state.error, ingested)
                    self._wake_for(ingested)
                    more = ingested.more
        except LostLease as error:
            _log.warning("%s: %s", lane.name, error)
        except (StoreError, OSError) as error:
            _log.error("%s: %s; it is tried again", lane.name, error)
        finally:
            try:
                with contextlib.suppress(StoreError):
                    await asyncio.shield(app.work(lambda: app.store.release(lane)))
            finally:
                self._busy.discard((lane.kind, lane.name))

    def _wake_for(self, ingested: pipeline.Ingested) -> None:
        for decision in ingested.decisions:
            for delivery in decision.deliveries:
                self._wakes[delivery.channel].set()

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    async def _send(self, channel: Channel) -> None:
        """Deliver on one channel whenever it is woken."""
        app = self._app
        wake = self._wakes[channel.name]
        while not self._ending:
            await wake.wait()
            wake.clear()
            try:
                await pipeline.deliver(
                    channel,
                    store=app.store,
                    work=app.work,
                    owner=app.owner,
                    lease=app.config.delivery.deadline + LEASE,
                    settle=app.settle,
                    on_sent=tell_sent,
                    stopping=lambda: self._ending,
                )
            except StoreError as error:
                _log.error("channel %s: %s; it is tried again", channel.name, error)


async def note(app: App, name: str, value: str) -> None:
    """Write a note for `watcher status`; a store in trouble must not stop the daemon."""
    try:
        await app.work(lambda: app.store.note(name, value))
    except StoreError as error:
        _log.error("%s", error)


async def tell_rules(app: App) -> None:
    """Log and note what became of the rule files."""
    loaded = app.loaded
    for problem in loaded.problems:
        level = logging.ERROR if problem.level == "error" else logging.WARNING
        _log.log(level, "%s", show_problem(problem))
    for name in loaded.stale:
        _log.error("%s has a mistake: its last good version stays in force", name)
    for name in loaded.missing:
        _log.error("%s has a mistake and no earlier version: its rules do not run", name)
    _log.info("%d rules from %d files", len(app.desk.rules), loaded.files)
    errors = [problem for problem in loaded.problems if problem.level == "error"]
    value = {
        "active": len(app.desk.rules),
        "files": loaded.files,
        "problems": [f"{one.file}:{one.line}: {one.message}" for one in errors],
    }
    await note(app, "rules", json.dumps(value, ensure_ascii=False))


async def run_once(app: App) -> None:
    """Poll every source once, deliver everything that is due, and return."""
    await tell_rules(app)
    await app.warm_up()
    for source in app.sources.values():
        if not source.spec.paused:
            await _poll_once(app, source)
    for channel in app.channels.values():
        await pipeline.deliver(
            channel,
            store=app.store,
            work=app.work,
            owner=app.owner,
            lease=app.config.delivery.deadline + LEASE,
            settle=app.settle,
            on_sent=tell_sent,
        )


async def _poll_once(app: App, source: Source) -> None:
    """One poll of a source; of a folder, until the files that were there are read.

    A file that somebody goes on writing to is left for the next run.
    """
    spec = source.spec
    lane = await app.work(
        lambda: app.store.claim_lane(spec.lane_kind, app.owner, LEASE, name=spec.lane_name)
    )
    if lane is None:
        raise StoreError(f"the source {spec.name} is being polled by another node")
    waited = 0
    try:
        while True:
            states = await app.work(lambda: app.store.sources(lane, due_only=False))
            state = next(one for one in states if one.name == spec.name)
            ingested = await pipeline.ingest(
                source,
                state,
                lane,
                parser=app.parser,
                store=app.store,
                work=app.work,
                desk=app.desk,
            )
            tell(spec.name, state.error, ingested)
            if ingested.more:
                continue
            if not ingested.unsettled or waited == 3:
                return
            waited += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await source.changed()
    finally:
        await app.work(lambda: app.store.release(lane))


def tell(source: str, earlier_error: str, ingested: pipeline.Ingested) -> None:
    """Log what a poll came to: an error once, a quarantined document always."""
    if ingested.error and ingested.error != earlier_error:
        _log.error("source %s: %s", source, ingested.error)
    elif earlier_error and not ingested.error:
        _log.info("source %s works again", source)
    for one in ingested.quarantined:
        _log.error("source %s: %s: %s", source, one.document, one.reason)
    for decision in ingested.decisions:
        for alert in decision.alerts:
            to = ", ".join(alert.channels) or alert.reason
            _log.info("alert %s %s [%s]: %s", alert.id, alert.rule, to, alert.title)


def tell_sent(claim: Claim, answer: Answer) -> None:
    """Log what a transmission came to."""
    delivery = claim.delivery
    place = f"{delivery.channel} ({delivery.recipient})"
    if answer.sent is Sent.DONE:
        _log.info("alert %s sent to %s", delivery.alert, place)
    else:
        _log.warning(
            "alert %s to %s, attempt %d: %s", delivery.alert, place, claim.attempt, answer.error
        )


def notify(*lines: str) -> None:
    """Tell systemd, if it listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection,
    ):
        connection.connect("\0" + address[1:] if address.startswith("@") else address)
        connection.sendall("\n".join(lines).encode())


async def _first(*works: Coroutine[object, object, object]) -> None:
    """Return when the first of these is done; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""The tasks of one generation: who polls what when, who sends, who is woken.

APScheduler only ticks; what is due stands in the store. Each lane that is polled and each
channel has a task of its own, so nothing waits for a slow one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import __version__
from watcher.app import App
from watcher.config import not_yet_in_effect
from watcher.errors import LostLease, StoreError
from watcher.interfaces import Channel, Source
from watcher.model import Decision, Lane, SourceState
from watcher.rules.problems import show_problem
from watcher.systemd import notify

_log = logging.getLogger(__name__)

_TICK_S = 1
#: How often is looked for trouble that the operator must know of, in seconds.
_REPORT_S = 10
#: How often it is counted what rules found, in minutes.
_COUNT_MIN = 10
#: How long transmissions in flight may go on after SIGTERM, in seconds.
_GRACE_S = 5.0
#: The wall clock may differ so much from the monotonic one between two ticks, in seconds.
_CLOCK_JUMP_S = 30.0


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
        #: By kind: set when a lane may be due and there is room for it; lanes polled on schedule.
        self._due = {kind: asyncio.Event() for kind in ("host", "folder")}
        self._polling = dict.fromkeys(self._due, 0)
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
        self._spawn(self._keep_listening())
        self._spawn(self._keep_polling("host", app.config.fetch.concurrency))
        self._spawn(self._keep_polling("folder", len(app.sources)))
        for source in app.sources.values():
            if not source.spec.paused:
                self._spawn(self._watch(source))
        for channel in app.channels.values():
            self._sending.add(asyncio.create_task(self._send(channel)))
        self._scheduler.add_job(self._tick, "interval", seconds=_TICK_S)
        self._scheduler.add_job(self._count, "interval", minutes=_COUNT_MIN)
        self._scheduler.add_job(self._report, "interval", seconds=_REPORT_S)
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
            for due_polls in self._due.values():
                due_polls.set()
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

    async def _report(self) -> None:
        try:
            self._wake_for(await self._app.report())
        except StoreError as error:
            _log.error("%s", error)

    async def _count(self) -> None:
        try:
            await self._app.count()
        except StoreError as error:
            _log.error("%s", error)

    def _compare_clocks(self) -> None:
        wall, monotonic = time.time(), time.monotonic()
        jump = (wall - self._clocks[0]) - (monotonic - self._clocks[1])
        self._clocks = (wall, monotonic)
        if abs(jump) > _CLOCK_JUMP_S:
            _log.warning("the clock jumped by %+.0f s; polls follow the new time", jump)

    async def _keep_polling(self, kind: str, most: int) -> None:
        """Poll what is due of this kind, at most so many lanes at a time.

        Not more are claimed: they would only wait, while their leases and deadlines run.
        """
        due = self._due[kind]
        while True:
            await due.wait()
            due.clear()
            room = most - self._polling[kind]
            try:
                lanes = await self._claim_due(kind, room) if room > 0 else []
            except StoreError as error:
                _log.error("%s", error)
                continue
            except Exception:  # noqa: BLE001
                # Whatever it was, the next tick looks again: nothing else would start polls.
                _log.exception("looking for due %s lanes failed", kind)
                continue
            for lane in lanes:
                self._polling[kind] += 1
                self._spawn(self._poll_due(lane))

    async def _poll_due(self, lane: Lane) -> None:
        try:
            await self._poll_lane(lane)
        finally:
            self._polling[lane.kind] -= 1
            self._due[lane.kind].set()

    async def _claim_due(self, kind: str, limit: int) -> list[Lane]:
        """Lanes that are due and that nothing works on, here or elsewhere."""
        async with self._claiming:
            lanes = await self._app.claim_due(kind, limit)
            self._busy.update((lane.kind, lane.name) for lane in lanes)
            return lanes

    async def _claim(self, kind: str, name: str) -> Lane | None:
        """The named lane, due or not, if nothing works on it here or elsewhere."""
        async with self._claiming:
            if (kind, name) in self._busy:
                return None
            lane = await self._app.claim(kind, name)
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
        """Poll the lane's sources, a few at a time, and give the lane back."""
        app = self._app
        room = asyncio.Semaphore(app.config.fetch.per_host)

        async def poll(state: SourceState) -> bool:
            async with room:
                return await self._poll_source(state, lane)

        try:
            went_well = False
            try:
                states = await app.work(lambda: app.store.sources(lane, due_only=due_only))
                went_well = all(await asyncio.gather(*map(poll, states)))
            except StoreError as error:
                _log.error("%s: %s; it is tried again", lane.name, error)
            if not went_well:
                # It is still due: given back at once, it would be polled again and again.
                await asyncio.sleep(_TICK_S)
        finally:
            try:
                with contextlib.suppress(StoreError):
                    await asyncio.shield(app.work(lambda: app.store.release(lane)))
            finally:
                self._busy.discard((lane.kind, lane.name))

    async def _poll_source(self, state: SourceState, lane: Lane) -> bool:
        """Poll one source until it has nothing more; what goes wrong is its own trouble, and
        leaves it due: then the answer is false."""
        app = self._app
        source = app.sources.get(state.name)
        if source is None:
            return False
        try:
            more = True
            while more:
                ingested = await app.ingest(source, state, lane)
                self._wake_for(ingested.decisions)
                more = ingested.more
            return True
        except LostLease as error:
            _log.warning("%s: %s", lane.name, error)
        except (StoreError, OSError) as error:
            _log.error("%s: %s; it is tried again", state.name, error)
        except Exception:  # noqa: BLE001
            # The boundary between one source and the daemon: whatever it was, the others go on.
            _log.exception("%s; it is tried again", state.name)
        return False

    async def _keep_listening(self) -> None:
        """Look for rules that have found nothing for long. Not at once: what came while nobody was
        here is read first."""
        while True:
            await asyncio.sleep(self._app.look_every().total_seconds())
            try:
                self._wake_for(await self._app.listen())
            except LostLease as error:
                _log.warning("%s", error)
            except StoreError as error:
                _log.error("%s; it is tried again", error)
            except Exception:  # noqa: BLE001
                # Whatever it was, the next look may go well: nothing else would look.
                _log.exception("looking for rules that found nothing failed")

    def _wake_for(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
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
                await app.deliver(channel, stopping=lambda: self._ending)
            except StoreError as error:
                _log.error("channel %s: %s; it is tried again", channel.name, error)
            except Exception:  # noqa: BLE001
                # The boundary between one channel and the daemon: the next tick wakes it again,
                # and what was claimed is claimed anew, marked as a possible repeat.
                _log.exception("channel %s; it is tried again", channel.name)


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

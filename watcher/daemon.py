"""The process: start, reload, stop, and what systemd hears of it.

A process lives through generations: a reload with a changed configuration ends one and starts
the next. What a generation does stands in `watcher.shift`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Sequence

from watcher.app import App, trouble_with
from watcher.config import Config
from watcher.errors import ConfigError, SecretError, StoreError
from watcher.interfaces import Source
from watcher.lock import StateLock
from watcher.rules.load import find_rule_files
from watcher.rules.problems import show_problem
from watcher.saves import Saves
from watcher.shift import Shift, note, tell_rules
from watcher.systemd import notify

_log = logging.getLogger(__name__)


class Daemon:
    """The daemon's life. ``load`` reads the configuration anew, for the start and each reload;
    ``color`` is for alerts on the terminal."""

    def __init__(self, load: Callable[[], Config], *, color: bool = False) -> None:
        self._load = load
        self._color = color
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
        app = App(config, color=self._color)
        try:
            # Before the rules are read: what is saved meanwhile must be seen.
            saves = Saves(lambda: find_rule_files([config.path(config.watcher.rules)]))
            await app.start()
            async with Shift(app):
                notify("READY=1", f"STATUS=watching {len(app.sources)} sources")
                while not self._stop.is_set():
                    await _first(self._stop.wait(), self._reload.wait(), saves.changed())
                    if self._stop.is_set():
                        break
                    if not self._reload.is_set():
                        await _reload_rules(app)
                        continue
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
            trouble = await asyncio.to_thread(trouble_with, new) if new != config else ""
            await note(app, "config", trouble)
            if trouble:
                _log.error("the configuration stays as it was: %s", trouble)
            elif new != config:
                _log.info("configuration reloaded")
                return new
        await _reload_rules(app)
        notify("READY=1")
        return None


async def _reload_rules(app: App) -> None:
    """Load the rules again; a store in trouble must not stop the daemon."""
    try:
        await app.load_rules()
    except StoreError as error:
        _log.error("%s", error)
    await tell_rules(app)


async def run_once(app: App) -> None:
    """Poll every source once, deliver everything that is due, and return."""
    await tell_rules(app)
    await app.warm_up()
    hosts: dict[str, list[Source]] = {}
    for source in app.sources.values():
        if source.spec.paused:
            continue
        if source.spec.lane_kind == "host":
            hosts.setdefault(source.spec.lane_name, []).append(source)
        else:
            await _poll_once(app, source)
    room = asyncio.Semaphore(app.config.fetch.concurrency)

    async def poll(sources: Sequence[Source]) -> None:
        async with room:
            for source in sources:
                await _poll_once(app, source)

    await asyncio.gather(*map(poll, hosts.values()))
    await app.listen()
    for channel in app.channels.values():
        await app.deliver(channel)


async def _poll_once(app: App, source: Source) -> None:
    """One poll of a source; of a folder, until the files that were there are read.

    A file that somebody goes on writing to is left for the next run.
    """
    spec = source.spec
    lane = await app.claim(spec.lane_kind, spec.lane_name)
    if lane is None:
        raise StoreError(f"the source {spec.name} is being polled by another node")
    waited = 0
    try:
        while True:
            states = await app.work(lambda: app.store.sources(lane, due_only=False))
            state = next((one for one in states if one.name == spec.name), None)
            if state is None:
                return  # paused by hand
            ingested = await app.ingest(source, state, lane)
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


async def _first(*works: Coroutine[object, object, object]) -> None:
    """Return when the first of these is done; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

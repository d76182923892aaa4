"""`watcher …` that is killed at one of its steps: `crashing.py OPTIONS -- ARGUMENTS`.

With --serve it reads such command lines, one JSON list a line, and answers each with the exit
status of a fork that ran it: what is imported once need not be imported for every crash.

A step is a statement of the store, a COMMIT (before and after), a rename or unlink (before and
after), and a request to a child (before, in the middle, after). They are counted in this
process only; the program itself knows nothing of it.

    --trace FILE     write the label of every step to this file
    --at N           die at step N (the first is 1)
    --label TEXT     die at the first step with this label
    --mutation NAME  break the program in a known way, to see that the oracle sees it
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial, wraps
from types import ModuleType
from typing import Any

OPTIONS = argparse.ArgumentParser()
OPTIONS.add_argument("--trace", default="")
OPTIONS.add_argument("--at", type=int, default=0)
OPTIONS.add_argument("--label", default="")
OPTIONS.add_argument("--mutation", default="")

_numbers = itertools.count(1)
_lock = threading.Lock()
_chosen = argparse.Namespace(trace="", at=0, label="", mutation="")


def step(label: str) -> None:
    """Count a step; the chosen one is the last."""
    with _lock:
        number = next(_numbers)
        if _chosen.trace:
            with open(_chosen.trace, "a") as trace:
                trace.write(label + "\n")
        if number == _chosen.at or label == _chosen.label:
            os.kill(os.getpid(), signal.SIGKILL)


class Connection(sqlite3.Connection):
    """A connection of which every statement is a step."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """A statement; COMMIT is two steps."""
        short = " ".join(sql.split()[:3])
        step(f"before {short}")
        cursor = super().execute(sql, *parameters)
        if short == "COMMIT":
            step("after COMMIT")
        return cursor

    def executemany(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """A statement for many rows."""
        short = " ".join(sql.split()[:3])
        if _chosen.mutation == "two-commits" and short == "INSERT INTO alert":
            super().execute("COMMIT")
            step("between the two commits")
            super().execute("BEGIN IMMEDIATE")
        step(f"before {short}")
        return super().executemany(sql, *parameters)


def _around(module: ModuleType, name: str, label: str = "") -> None:
    original: Callable[..., Any] = getattr(module, name)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        step(f"before {label or name}")
        result = original(*args, **kwargs)
        step(f"after {label or name}")
        return result

    setattr(module, name, wrapped)


def watch() -> None:
    """Make steps of everything that leaves a trace outside this process."""
    sqlite3.connect = partial(sqlite3.connect, factory=Connection)  # type: ignore[assignment]
    for name in ("rename", "replace", "unlink", "link", "mkdir"):
        _around(os, name)

    from watcher.child import Child
    from watcher.sources import departures

    _around(departures, "rename_to_free", "rename")

    original = Child.ask

    async def ask(self: Child, request: Mapping[str, Any]) -> dict[str, Any]:
        module = self._module.rpartition(".")[2]
        step(f"before {module}")
        answer = asyncio.ensure_future(original(self, request))
        # As long as a transmission takes here, so that "during" is before or after its arrival.
        await asyncio.wait({answer}, timeout=0.002)
        step(f"during {module}")
        result = await answer
        step(f"after {module}")
        return result

    Child.ask = ask  # type: ignore[method-assign]


# --- known ways to be wrong --------------------------------------------------------------------


def claim_after_send() -> None:
    """The claim is rolled back, and done for good only when the message has been sent."""
    from watcher.store import outbox
    from watcher.store.store import SqlStore, _claim_lane, _now

    class Undone(Exception):
        pass

    claim, settle = SqlStore.claim_delivery, SqlStore.settle
    held: dict[str, tuple[Any, ...]] = {}

    def peek(self: Any, channel: str, owner: str, lease: Any) -> Any:
        seen = None
        try:
            with self._driver.transaction() as tx:
                now = _now(tx)
                lane = _claim_lane(tx, "channel", owner, lease, channel, now)
                seen = outbox.claim_oldest(tx, lane, now) if lane else None
                raise Undone
        except Undone:
            held[channel] = (owner, lease)
            return seen

    def claim_and_settle(self: Any, claimed: Any, settlement: Any) -> None:
        real = claim(self, claimed.delivery.channel, *held[claimed.delivery.channel])
        settle(self, real, settlement)

    SqlStore.claim_delivery = peek  # type: ignore[method-assign]
    SqlStore.settle = claim_and_settle  # type: ignore[method-assign]


def done_before_send() -> None:
    """A delivery counts as done when it is claimed."""
    from watcher.model import DeliveryState, Settlement
    from watcher.store.store import SqlStore

    claim = SqlStore.claim_delivery

    def claim_as_done(self: Any, *args: Any) -> Any:
        claimed = claim(self, *args)
        if claimed is not None:
            self.settle(claimed, Settlement(state=DeliveryState.DONE))
        return claimed

    SqlStore.claim_delivery = claim_as_done  # type: ignore[method-assign]


def moved_before_commit() -> None:
    """Files go to done/ when they are read, not when they are recorded."""
    from watcher.model import Extraction
    from watcher.sources.folder import FolderSource

    poll = FolderSource.poll

    async def poll_and_move(self: Any, state: Any) -> Any:
        found = await poll(self, state)
        await self.acknowledge([Extraction(document=one) for one in found.documents])
        return found

    FolderSource.poll = poll_and_move  # type: ignore[method-assign]


def two_in_flight() -> None:
    """Deliveries are claimed and settled in pairs, to save commits."""
    from watcher.store import outbox
    from watcher.store.store import SqlStore, _now

    claim, settle = SqlStore.claim_delivery, SqlStore.settle
    ahead: dict[str, Any] = {}
    sent: dict[str, tuple[Any, ...]] = {}

    def claim_two(self: Any, channel: str, owner: str, lease: Any) -> Any:
        if channel in ahead:
            return ahead.pop(channel)
        first = claim(self, channel, owner, lease)
        if first is not None:
            with self._driver.transaction() as tx:
                second = outbox.claim_oldest(tx, first.lane, _now(tx))
            if second is not None:
                ahead[channel] = second
        return first

    def settle_two(self: Any, claimed: Any, settlement: Any) -> None:
        channel = claimed.delivery.channel
        if channel in ahead:
            sent[channel] = (claimed, settlement)
            return
        if channel in sent:
            step("before the two settlements")
            settle(self, *sent.pop(channel))
        settle(self, claimed, settlement)

    SqlStore.claim_delivery = claim_two  # type: ignore[method-assign]
    SqlStore.settle = settle_two  # type: ignore[method-assign]


def done_again() -> None:
    """Recovery gives back more than what was in flight."""
    from watcher.store import outbox
    from watcher.store.store import SqlStore

    settle = SqlStore.settle

    def settle_and_step(self: Any, *args: Any) -> None:
        settle(self, *args)
        step("after a settlement")

    SqlStore.settle = settle_and_step  # type: ignore[method-assign]
    outbox._RETURN_OF_OWNER = outbox._RETURN_OF_OWNER.replace(
        "state = 'claimed'", "state IN ('claimed', 'done')"
    )


def silent_repeat() -> None:
    """Recovery forgets that what was in flight may have arrived."""
    from watcher.store import outbox

    outbox._RETURN_OF_OWNER = outbox._RETURN_OF_OWNER.replace(", possible_repeat = 1", "")
    outbox._RETURN_STALE = outbox._RETURN_STALE.replace(", possible_repeat = 1", "")


MUTATIONS: dict[str, Callable[[], None]] = {
    "two-commits": lambda: None,  # in Connection
    "claim-after-send": claim_after_send,
    "done-before-send": done_before_send,
    "moved-before-commit": moved_before_commit,
    "two-in-flight": two_in_flight,
    "done-again": done_again,
    "silent-repeat": silent_repeat,
}


def run(words: list[str]) -> None:
    """Run the real command, up to its last step."""
    split = words.index("--")
    OPTIONS.parse_args(words[:split], namespace=_chosen)
    if _chosen.mutation:
        MUTATIONS[_chosen.mutation]()
    from watcher.cli.main import main as watcher

    watcher(words[split + 1 :])


def serve() -> None:
    """A fork for every line; what it has to say goes to the file that the line begins with."""
    import watcher.cli.run
    import watcher.daemon  # noqa: F401

    for line in sys.stdin:
        log, *words = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
            os.dup2(1, 2)
            run(words)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    watch()
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        run(sys.argv[1:])

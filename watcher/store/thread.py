"""The store's own thread: what comes while it is busy shares the next commit.

Each commit waits for the disk, and a hundred feeds that have nothing new need three hundred.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from watcher.store.driver import Outcome, first_alone

T = TypeVar("T")
#: A function, and who waits for it.
_Waiting = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class StoreThread:
    """Runs functions one after the other, in the order in which they came; of one event loop.

    ``together`` is given those that wait, and returns the outcomes of one of them or more, from
    the first on: `watcher.store.store.SqlStore.together`, once there is a store.
    """

    def __init__(self) -> None:
        self.together: Callable[[Sequence[Callable[[], object]]], Sequence[Outcome]] = first_alone
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._waiting: list[_Waiting] = []
        self._is_running = False

    async def work(self, function: Callable[[], T]) -> T:
        """See `watcher.interfaces.Work`. What nobody waits for any more before it begins is not
        begun."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((function, future))
        if not self._is_running:
            self._is_running = True
            # Not at once: others may come in this same turn of the loop.
            loop.call_soon(self._run)
        return await future

    async def alone(self, function: Callable[[], T]) -> T:
        """The same in no company: for opening and closing the store."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        waiting = [each for each in self._waiting if not each[1].done()]
        self._waiting = []
        self._is_running = bool(waiting)
        if waiting:
            functions = [function for function, _ in waiting]
            # With a callback, not in a task: one that was cancelled at the end would leave
            # those waiting who still have something to give back.
            running = asyncio.get_running_loop().run_in_executor(
                self._thread, self.together, functions
            )
            running.add_done_callback(partial(self._tell, waiting))

    def _tell(self, waiting: list[_Waiting], ran: asyncio.Future[Sequence[Outcome]]) -> None:
        """Hand out the outcomes, and go on with those who did not have their turn."""
        error = ran.exception()
        outcomes = [Outcome(error=error)] * len(waiting) if error else ran.result()
        for (_, future), outcome in zip(waiting, outcomes, strict=False):
            if future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)
        self._waiting[:0] = waiting[len(outcomes) :]
        self._run()

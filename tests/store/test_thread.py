"""The store's own thread: order, results, and what happens to those that gave up waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from watcher.store.driver import Outcome, run_alone
from watcher.store.thread import StoreThread


class Groups:
    """What was run together; at most ``most`` functions at a time."""

    def __init__(self, most: int = 99) -> None:
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self._most = most

    def together(self, functions: Sequence[Callable[[], object]]) -> list[Outcome]:
        """The outcomes of the first of them."""
        self.gate.wait(5)
        self.sizes.append(len(functions[: self._most]))
        return [run_alone(function) for function in functions[: self._most]]


@pytest.fixture
def thread() -> Iterator[StoreThread]:
    """A thread without a store."""
    thread = StoreThread()
    yield thread
    thread.close()


async def test_without_a_store_each_runs_alone(thread: StoreThread) -> None:
    found = await asyncio.gather(*(thread.work(lambda n=n: n) for n in range(5)))
    assert found == list(range(5))


async def test_what_comes_at_once_is_run_together(thread: StoreThread) -> None:
    groups = Groups()
    thread.together = groups.together
    found = await asyncio.gather(*(thread.work(lambda n=n: n) for n in range(5)))
    assert (found, groups.sizes) == (list(range(5)), [5])


async def test_what_comes_while_it_is_busy_is_next(thread: StoreThread) -> None:
    groups = Groups(most=2)
    thread.together = groups.together
    groups.gate.clear()
    done: list[int] = []
    tasks = [asyncio.create_task(thread.work(lambda n=n: done.append(n))) for n in range(3)]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(thread.work(lambda n=n: done.append(n))) for n in range(3, 6)]
    await asyncio.sleep(0.01)
    groups.gate.set()
    await asyncio.gather(*tasks)
    assert done == list(range(6))
    assert groups.sizes == [2, 2, 2]


async def test_an_exception_is_that_of_its_own_function(thread: StoreThread) -> None:
    thread.together = Groups().together
    found = await asyncio.gather(
        thread.work(lambda: 1), thread.work(lambda: 1 // 0), return_exceptions=True
    )
    assert found[0] == 1
    assert isinstance(found[1], ZeroDivisionError)


async def test_a_failure_of_the_thread_is_everybodys(thread: StoreThread) -> None:
    def fails(functions: Sequence[Callable[[], object]]) -> list[Outcome]:
        raise MemoryError

    thread.together = fails
    works = (thread.work(lambda: 1), thread.work(lambda: 2))
    found = await asyncio.gather(*works, return_exceptions=True)
    assert [type(one) for one in found] == [MemoryError, MemoryError]


async def test_what_nobody_waits_for_is_not_begun(thread: StoreThread) -> None:
    groups = Groups()
    thread.together = groups.together
    groups.gate.clear()
    done: list[int] = []
    running, called_off, last = (
        asyncio.create_task(thread.work(lambda n=n: done.append(n))) for n in range(3)
    )
    await asyncio.sleep(0)
    called_off.cancel()
    await asyncio.sleep(0.01)
    running.cancel()
    groups.gate.set()
    await last
    assert done == [0, 2]


async def test_what_is_given_back_at_the_end_is_waited_for(thread: StoreThread) -> None:
    """All tasks are cancelled when a loop ends: what they still write must be written."""
    thread.together = Groups().together
    done: list[str] = []

    async def task() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await thread.work(lambda: done.append("released"))

    running = asyncio.create_task(task())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert done == ["released"]

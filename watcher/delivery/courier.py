"""The parent's side of a sending process: requests within a deadline, and what silence means."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from watcher.child import Child, ChildFailed, ChildGone
from watcher.model import Answer, Sent


class Courier:
    """A sending child that is killed when it does not answer in time, and replaced."""

    def __init__(self, module: str, config: Mapping[str, Any], *, deadline: timedelta) -> None:
        self._seconds = deadline.total_seconds()
        # The child's own time-outs come last: its answer would be about the same silence.
        self._child = Child(module, {**config, "timeout": self._seconds})
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Warm the child up, so that the first alert is fast; a failure shows when sending."""
        with contextlib.suppress(ChildFailed):
            await self._child.start()

    @property
    def child_pid(self) -> int | None:
        """The sending process, if it runs."""
        return self._child.pid

    async def carry(self, *steps: Mapping[str, object]) -> Answer:
        """One transmission, all its steps within the deadline.

        Nothing can have arrived before the last step: silence until then is temporary, from then
        on it is ambiguous. A step that is answered with how the transmission ended is the last.
        """
        async with self._turn:
            return await self._carry(steps)

    async def _carry(self, steps: tuple[Mapping[str, object], ...]) -> Answer:
        asked: list[Mapping[str, object]] = []
        try:
            async with asyncio.timeout(self._seconds):
                await self._child.start()
                return await self._ask(steps, asked)
        except ChildFailed as error:
            return Answer(sent=Sent.TEMPORARY, error=str(error))
        except TimeoutError:
            if not asked:
                late = f"the sending process was not ready within {self._seconds:g} s"
                return Answer(sent=Sent.TEMPORARY, error=late)
            await self._child.kill()
            return _unanswered(f"no answer within {self._seconds:g} s", len(asked) == len(steps))
        except ChildGone:
            await self._child.kill()
            ended = "the sending process ended before it answered"
            return _unanswered(ended, len(asked) == len(steps))
        except asyncio.CancelledError:
            # Its answer would be taken for the answer to the next request.
            if asked:
                await self._child.kill()
            raise

    async def _ask(
        self, steps: tuple[Mapping[str, object], ...], asked: list[Mapping[str, object]]
    ) -> Answer:
        """The answer that ends the transmission; ``asked`` grows before each step is put."""
        answer: dict[str, Any] = {}
        for step in steps:
            asked.append(step)
            answer = await self._child.ask(step)
            if "sent" in answer:
                break
        return _read_answer(answer)

    async def close(self) -> None:
        """End the child."""
        await self._child.close()


def _unanswered(error: str, may_have_arrived: bool) -> Answer:
    return Answer(sent=Sent.AMBIGUOUS if may_have_arrived else Sent.TEMPORARY, error=error)


def _read_answer(answer: dict[str, Any]) -> Answer:
    wait = answer["retry_after"]
    return Answer(
        sent=Sent(str(answer["sent"])),
        error=str(answer["error"]),
        retry_after=timedelta(seconds=wait) if isinstance(wait, int | float) else None,
    )

"""The parent's side of the sending child: start it, ask it, kill it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Between the polite signal and the other one.
_GRACE_S = 2.0
_ROOT = str(Path(__file__).resolve().parents[2])


class ChildFailed(Exception):
    """The sending process could not be started."""


class ChildGone(Exception):
    """The sending process ended before it answered."""


class Child:
    """One `watcher.delivery.sender`, started when needed and again after a kill.

    Its configuration has secrets, so it travels through the pipe.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = json.dumps(config).encode() + b"\n"
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, if any."""
        return self._process.pid if self._process and self._is_alive() else None

    async def start(self) -> None:
        """Have a child that is ready. Raises `ChildFailed`.

        One that is already starting is waited for; giving up waiting does not stop it, so a
        slow machine gets its child in the end.
        """
        if self._starting is None:
            if self._is_alive():
                return
            self._starting = asyncio.ensure_future(self._launch())
            self._starting.add_done_callback(self._started)
        await asyncio.shield(self._starting)

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # seen: whoever still waits gets it too

    async def _launch(self) -> None:
        # -P: the working directory is no place to import from.
        command = [sys.executable, "-P", "-m", "watcher.delivery.sender"]
        path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                # A traceback could show an address.
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
            await self._exchange(self._config)
        except (OSError, ValueError, ChildGone) as error:
            await self.kill()
            reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
            raise ChildFailed(f"the sending process could not be started{reason}") from None

    async def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request, one answer. Raises `ChildGone`; whoever stops waiting must kill it."""
        return await self._exchange(json.dumps(request).encode() + b"\n")

    async def _exchange(self, line: bytes) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ChildGone
        try:
            process.stdin.write(line)
            await process.stdin.drain()
            answer = await process.stdout.readline()
        except (OSError, ValueError):
            raise ChildGone from None
        if not answer.endswith(b"\n"):
            raise ChildGone
        value: dict[str, Any] = json.loads(answer)
        return value

    async def kill(self, *, politely: bool = False) -> None:
        """End the child for sure, and collect it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                if politely:
                    await self._terminate(process)
                process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _terminate(self, process: asyncio.subprocess.Process) -> None:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()

    async def close(self) -> None:
        """End the child, also one that is only starting."""
        starting = self._starting
        if starting is not None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        await self.kill(politely=True)

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

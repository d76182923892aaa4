"""The child's side of a sending process: JSON lines in, JSON lines out, and nothing else.

Secrets come through the pipe only. What libraries print goes nowhere: it could show an address.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TextIO

_PR_SET_PDEATHSIG = 1

#: Answers one request.
Handler = Callable[[dict[str, Any]], dict[str, Any]]


def serve(prepare: Callable[[dict[str, Any]], tuple[dict[str, Any], Handler]]) -> None:
    """Answer requests until standard input ends.

    The first line is the configuration: ``prepare`` makes its answer of it, and what answers all
    others. ``config["timeout"]`` is how many seconds the parent waits before it kills.
    """
    _die_with_parent()
    answers = _take_output()

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    config = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not config:
        return
    ready, handle = prepare(config)
    answer(ready)
    for line in sys.stdin.buffer:
        # The parent kills long before; this is for a parent that is gone or frozen.
        signal.alarm(int(config["timeout"]) * 2 + 10)
        answer(handle(json.loads(line)))
        signal.alarm(0)


def _die_with_parent() -> None:
    """On Linux the kernel ends this process with its parent, even in the middle of a send."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_output() -> TextIO:
    """Standard output for the answers alone; what anybody else prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers

"""Logging: to stderr, as text for people or as JSON lines for machines."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from watcher.secrecy import scrub_pieces

#: What no line may have, set by `hide`: secrets live as long as the process that read them.
_hidden: frozenset[str] = frozenset()


#: Shorter ones may be words that log lines are made of.
_LONG = 8


def hide(secrets: Iterable[str]) -> None:
    """From now on no line has these, whoever writes it: libraries and tracebacks included."""
    global _hidden
    _hidden |= frozenset(one for one in secrets if len(one) >= _LONG)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line without secrets."""
        return scrub_pieces(super().format(record), _hidden)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        line = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname.lower(),
            "name": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # Before it is quoted: a secret may have characters that JSON writes otherwise.
        shown = {key: scrub_pieces(value, _hidden) for key, value in line.items()}
        return json.dumps(shown, ensure_ascii=False)


def start_logging(style: str = "auto", *, verbosity: int = 0) -> None:
    """Set up logging once for the process.

    ``style`` is auto, text or json; auto leaves the time away where journald adds its own.
    ``verbosity`` is -1 for warnings only, 0 for what happens, 1 for details. Libraries never
    log below warnings: some of them log whole URLs.
    """
    handler = logging.StreamHandler(sys.stderr)
    if style == "json":
        handler.setFormatter(_JsonFormatter())
    elif style == "auto" and os.environ.get("JOURNAL_STREAM"):
        handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    else:
        handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    level = {-1: logging.WARNING, 0: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.getLogger("watcher").setLevel(level)

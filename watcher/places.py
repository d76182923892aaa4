"""Where keys stand in a TOML text: tomllib does not say."""

from __future__ import annotations

import re


class Places:
    """The places of all keys and tables of one text."""

    _TABLE = re.compile(r"\s*(\[\[?)\s*([\w.\"'-]+)\s*\]\]?")
    _KEY = re.compile(r"\s*([\w\"'-]+)\s*(?:\.[\w.\"'-]+\s*)?=")

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str | int, ...], tuple[int, int]] = {}
        table: tuple[str | int, ...] = ()
        counts: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if found := self._TABLE.match(line):
                name = found[2].strip("\"'")
                table = (name,)
                if found[1] == "[[":
                    table = (name, counts.get(name, 0))
                    counts[name] = counts.get(name, 0) + 1
                place = (number, found.start(2) + 1)
                self._lines.setdefault(table, place)
                self._lines.setdefault((name,), place)
            elif found := self._KEY.match(line):
                key = found[1].strip("\"'")
                self._lines.setdefault((*table, key), (number, found.start(1) + 1))

    def find(self, where: tuple[str | int, ...]) -> tuple[int, int]:
        """Line and column of a key, or of the nearest thing around it; (0, 0) if none."""
        while where:
            if where in self._lines:
                return self._lines[where]
            where = where[:-1]
        return 0, 0

"""Counts by day as a picture: an SVG file, or blocks in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

_BLOCKS = " ▁▂▃▄▅▆▇█"
#: Columns in a terminal: more days than this share one.
_COLUMNS = 60
_WIDTH, _HEIGHT, _BASE, _LEFT = 900, 260, 210, 40

#: A day, how many before, how many now.
Days = Sequence[tuple[date, int, int]]


def blocks(days: Days) -> list[str]:
    """Two lines of blocks, before and now, on one scale."""
    step = max(1, -(-len(days) // _COLUMNS))
    parts = [days[at : at + step] for at in range(0, len(days), step)]
    sums = [
        [sum(old for _, old, _ in part) for part in parts],
        [sum(new for _, _, new in part) for part in parts],
    ]
    most = max((count for line in sums for count in line), default=0) or 1
    top = len(_BLOCKS) - 1
    return ["".join(_BLOCKS[-(-count * top // most)] for count in line) for line in sums]


def svg(days: Days, *, title: str, before: str, now: str) -> str:
    """A bar for each day and side, the busiest day named; legible in light and dark."""
    most = max((max(old, new) for _, old, new in days), default=0) or 1
    room = (_WIDTH - _LEFT - 10) / max(1, len(days))
    bars: list[str] = []
    for at, (day, old, new) in enumerate(days):
        left = _LEFT + at * room
        for number, (count, name) in enumerate(((old, "before"), (new, "now"))):
            height = round(160 * count / most, 1)
            x = round(left + number * room * 0.45, 1)
            bars.append(
                f'<rect class="{name}" x="{x}" y="{_BASE - height}" width="{room * 0.4:.1f}" '
                f'height="{height}"><title>{day}: {count}</title></rect>'
            )
    ends = [days[0][0], days[-1][0]] if days else []
    labels = [
        f'<text x="{x}" y="{_BASE + 18}" text-anchor="{anchor}">{day}</text>'
        for day, x, anchor in zip(ends, (_LEFT, _WIDTH - 10), ("start", "end"), strict=False)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            "<style>text{font:13px system-ui,sans-serif;fill:#666}.before{fill:#9aa5b1}"
            ".now{fill:#d9480f}</style>",
            f'<text x="{_LEFT}" y="20">{escape(title)}</text>',
            f'<rect class="before" x="{_LEFT}" y="30" width="10" height="10"/>',
            f'<text x="{_LEFT + 16}" y="40">{escape(before)}</text>',
            f'<rect class="now" x="{_LEFT + 220}" y="30" width="10" height="10"/>',
            f'<text x="{_LEFT + 236}" y="40">{escape(now)}</text>',
            f'<text x="{_LEFT - 6}" y="55" text-anchor="end">{most}</text>',
            *bars,
            f'<line x1="{_LEFT}" y1="{_BASE}" x2="{_WIDTH - 10}" y2="{_BASE}" stroke="#888"/>',
            *labels,
            "</svg>",
            "",
        ]
    )

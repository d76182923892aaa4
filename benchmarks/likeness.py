"""How fast near-copies and stories are found, at growing sizes of the archive.

    python -m benchmarks.likeness [--quick]

Made-up news (benchmarks/copies.py) comes in batches of a hundred: each article is looked for among
what is there, judged, and added. A fifth of them are near-copies, edited in seven ways. Engines:

    ours        find_nearby, decide (with stories.place) and write_traces on a SQLite file, its
                commits included; the rows of the article itself are not, nor are rules
    datasketch  MinHashLSH of 128 permutations at a threshold of .5, over runs of three words:
                query and insert, in memory; nothing is compared and nothing survives a restart
    simhash     64 bits over the same runs, a flat scan with numpy's popcount, three bits apart

The others are left out where datasketch is not installed (pip install datasketch), and it is left
out at a million, where it would take most of ten gigabytes. A desk gets a million articles a year
here: 10,000 are its last days, and 72 hours are some 8,200. `all in the window` is the worst case,
where as many came in three days. Engines live in processes of their own and work in turns, batch
by batch. Memory is what a process has taken since before its archive was filled, at most.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from math import nan
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.archives import STEP, WINDOW, Archive, Datasketch, Ours, SimHash
from benchmarks.copies import News, make_news
from benchmarks.material import make_language
from benchmarks.measuring import memory_of, print_table

ENGINES: dict[str, type[Archive]] = {"ours": Ours, "datasketch": Datasketch, "simhash": SimHash}
#: Texts of the archive whose copies are looked for.
_NEWEST = 8_000
_BATCH = 100
#: Where datasketch ends.
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Size:
    """An archive of so many articles; ``step`` apart."""

    articles: int
    step: timedelta = STEP

    @property
    def name(self) -> str:
        """As the table has it."""
        return f"{self.articles:,}" + ("" if self.step == STEP else " all in the window")


@dataclass(slots=True)
class Measured:
    """What an engine did at a size."""

    seconds: list[float] = field(default_factory=list)
    named: list[set[int]] = field(default_factory=list)
    megabytes: float = nan
    bytes_an_article: float = nan

    @property
    def a_second(self) -> float:
        """Articles a second over all batches but the first, which fills the caches."""
        return _BATCH * (len(self.seconds) - 1) / sum(self.seconds[1:])


# --- processes ---------------------------------------------------------------------------------


@contextmanager
def at_work(name: str, newest: Sequence[News], size: Size, folder: Path) -> Iterator[Connection]:
    """An engine in a process of its own, filled."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_work, args=(name, theirs, folder), daemon=True
    )
    process.start()
    # Or what a process that failed has to say would be waited for for ever.
    theirs.close()
    mine.send((newest, size))
    mine.recv()
    yield mine
    mine.send(None)
    process.join(60)


def _work(name: str, line: Connection, folder: Path) -> None:
    newest, size = line.recv()
    before = memory_of(key="VmRSS")
    archive = ENGINES[name](folder)
    archive.fill(newest, size.articles - len(newest), size.step)
    # The peak from here on: to fill an archive in one go takes memory that a daemon never takes.
    Path("/proc/self/clear_refs").write_text("5")
    line.send("filled")
    while (batch := line.recv()) is not None:
        line.send(
            (memory_of() - before, archive.bytes_on_disk()) if batch == [] else archive.add(batch)
        )


# --- measuring ---------------------------------------------------------------------------------


def measure(size: Size, news: Sequence[News], names: Sequence[str]) -> dict[str, Measured]:
    """Each engine with an archive of this size, over what of the news is not in it."""
    newest = news[: min(_NEWEST, size.articles)]
    batches = [list(news[at : at + _BATCH]) for at in range(len(newest), len(news), _BATCH)]
    found = {name: Measured() for name in names}
    with ExitStack() as stack:
        folders = {name: stack.enter_context(tempfile.TemporaryDirectory()) for name in names}
        lines = {
            name: stack.enter_context(at_work(name, newest, size, Path(folders[name])))
            for name in names
        }
        for batch in batches:
            for name, line in lines.items():
                seconds, named = _ask(line, batch)
                found[name].seconds.append(seconds)
                found[name].named.extend(named)
        for name, line in lines.items():
            found[name].megabytes, disk = _ask(line, [])
            found[name].bytes_an_article = disk / size.articles
    return found


def _ask(line: Connection, batch: Sequence[News]) -> Any:
    line.send(batch)
    return line.recv()


def recall(news: Sequence[News], measured: Measured) -> tuple[float, float]:
    """Shares of the copies that are found, and of the others that are called copies."""
    families = {one.number: _family(one) for one in news}
    asked = list(zip(news[-len(measured.named) :], measured.named, strict=True))
    right = [_family(one) in {families.get(each) for each in named} for one, named in asked]
    copies = [hit for hit, (one, _) in zip(right, asked, strict=True) if one.original is not None]
    wrong = sum(any(families.get(each) != _family(one) for each in named) for one, named in asked)
    return sum(copies) / len(copies), wrong / len(asked)


def _family(news: News) -> int:
    return news.number if news.original is None else news.original


def missed(news: Sequence[News], measured: Measured) -> Mapping[str, str]:
    """For each kind of edit, how many copies were found of how many."""
    families = {one.number: _family(one) for one in news}
    counts: dict[str, list[int]] = {}
    for one, named in zip(news[-len(measured.named) :], measured.named, strict=True):
        if one.original is not None:
            hit = _family(one) in {families.get(each) for each in named}
            found, every = counts.get(one.edit, [0, 0])
            counts[one.edit] = [found + hit, every + 1]
    return {edit: f"{found} of {every}" for edit, (found, every) in sorted(counts.items())}


def check(news: Sequence[News], measured: Measured) -> None:
    """Raises AssertionError unless ours finds the copies, and little else."""
    found, wrong = recall(news, measured)
    assert found > 0.95, f"only {found:.1%} of the copies are found: {missed(news, measured)}"
    assert wrong < 0.005, f"{wrong:.1%} are called copies of what they are not"


# --- goals -------------------------------------------------------------------------------------


def goals(rows: Mapping[Size, Mapping[str, Measured]]) -> list[tuple[str, str, float, str]]:
    """Goal, limit, what was measured, and whether that is met."""
    desk = [size for size in rows if size.step == STEP]
    first, last = rows[desk[0]], rows[desk[-1]]
    slower = first["ours"].a_second / last["ours"].a_second
    memory = last["ours"].megabytes - first["ours"].megabytes
    listed = [
        (f"times slower at {desk[-1].name}", 1.5, slower, slower <= 1.5),
        (f"more megabytes at {desk[-1].name}", 20.0, memory, memory <= 20),
    ]
    if "datasketch" in first:
        faster = first["ours"].a_second / first["datasketch"].a_second
        listed.append((f"times datasketch's speed at {desk[0].name}", 2.0, faster, faster >= 2))
    return [
        (goal, f"{limit:g}", value, "met" if met else "NOT met")
        for goal, limit, value, met in listed
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under a minute, to 100,000 articles")
    quick = parser.parse_args().quick
    others = find_spec("datasketch") is not None
    if not others:
        print("datasketch is not installed: left out. To compare with it: pip install datasketch")
    sizes = [Size(10_000), Size(100_000)]
    if not quick:
        sizes += [Size(1_000_000), Size(1_000_000, WINDOW / 1_000_000)]
    news = list(make_news(make_language(), _NEWEST + (1_000 if quick else 3_000)))
    rows: dict[Size, dict[str, Measured]] = {}
    for size in sizes:
        fits = others and size.articles <= (_MOST if not quick else sizes[0].articles)
        names = ["ours", *(["datasketch"] if fits else []), *(["simhash"] if others else [])]
        rows[size] = measure(size, news, names)
        check(news, rows[size]["ours"])
        print_table(f"{size.name} articles stored", _HEADER, _cells(news, rows[size]))
    kinds = missed(news, rows[sizes[0]]["ours"])
    print_table("Copies found by ours, by edit", list(kinds), [list(kinds.values())])
    print_table("Goals", ("goal", "limit", "measured", ""), goals(rows))


_HEADER = (
    *("engine", "articles/s", "times ours", "copies found %", "others called copies %"),
    *("MB", "bytes/article on disk"),
)


def _cells(news: Sequence[News], row: Mapping[str, Measured]) -> list[tuple[object, ...]]:
    ours = row["ours"].a_second
    return [
        (
            *(name, one.a_second, one.a_second / ours),
            *(100 * share for share in recall(news, one)),
            *(one.megabytes, one.bytes_an_article),
        )
        for name, one in row.items()
    ]


if __name__ == "__main__":
    main()

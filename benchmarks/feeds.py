"""Feeds a second, processor time and memory, polling many feeds at once.

`python -m benchmarks.feeds` polls the same loopback feeds, each on an address of its own, with

    ours        the real parts: App, FeedSource over aiohttp, the parser child, dedup, 100 rules,
                one transaction a feed
    reader      lemon24/reader (`pip install reader`; left out where it is not installed), which
                fetches with requests, parses with feedparser and stores in SQLite; no rules

in three rounds: every feed for the first time (20 items each), every feed unchanged (304), every
feed with one new item. Each engine is a process of its own that lives through all rounds; the
server is another one. Both must have stored the same number of items at the end. With `--form`
all items have the same text but for a name and a number: the worst case for whoever looks for
copies, and no feed's usual day.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from benchmarks.material import make_item, make_language, make_plans, write_rules
from benchmarks.measuring import children_of, memory_of, print_table
from watcher.app import App
from watcher.config import parse_config
from watcher.daemon import run_once

ITEMS = 20
ROUNDS = ("first sight", "unchanged", "one new item")
#: Requests at the same time, for both.
AT_ONCE = 100


# --- the server --------------------------------------------------------------------------------


class Site:
    """A server for every feed: which one is asked for is in the Host header."""

    def __init__(self, form: bool) -> None:
        self.generation = 0
        self._language = None if form else make_language()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection until it is closed."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(self._answer(head.decode("latin-1")))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, head: str) -> bytes:
        lines = head.split("\r\n")
        path = lines[0].split(" ")[1]
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        if path.startswith("/generation/"):
            self.generation = int(path.rpartition("/")[2])
            return b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
        tag = f'"g{self.generation}"'
        if headers.get("if-none-match") == tag:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        body = self._rss(headers["host"].split(":")[0]).encode()
        start = f"HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Type: application/rss+xml\r\n"
        return f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _rss(self, host: str) -> str:
        """A feed of 20 items; the next generation has one more and no longer the oldest."""
        numbers = range(self.generation + ITEMS, self.generation, -1)
        items = "".join(self._item(host, number) for number in numbers)
        return f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'

    # Both engines ask for the same, and the server lives as long as the benchmark.
    @cache  # noqa: B019
    def _item(self, host: str, number: int) -> str:
        title, text = f"Bericht {number} van {host}", _FORM.format(host=host, number=number)
        if self._language is not None:
            title, text = make_item(self._language, crc32(f"{host} {number}".encode()))
        return (
            f"<item><title>{title}</title><guid>{host}-{number}</guid>"
            f"<link>http://{host}/artikel/{number}</link>"
            "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>"
            f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
        )


_FORM = (
    "De gemeente bij {host} heeft besluit {number} genomen over de haven, zo meldt een "
    "woordvoerder. Het duurt nog weken voor de kade open gaat, en wie er nu ligt moet een andere "
    "plek zoeken."
)


async def serve(port: int, form: bool) -> None:
    """The server's whole life."""
    server = await asyncio.start_server(Site(form).serve, "0.0.0.0", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def addresses(count: int, port: int) -> list[str]:
    """So many feeds, each on a loopback address of its own."""
    return [
        f"http://127.{1 + at // 62500}.{at // 250 % 250}.{1 + at % 250}:{port}/rss"
        for at in range(count)
    ]


# --- engines: each prints a line of JSON for each line it reads ---------------------------------


#: A round; how many items are stored; the end.
Engine = tuple[Callable[[], object], Callable[[], int], Callable[[], object]]


def ours(urls: Sequence[str], folder: Path) -> Engine:
    """The daemon's own parts."""
    (folder / "rules").mkdir()
    (folder / "state").mkdir()
    for number, rules in enumerate(write_rules(make_plans(make_language(), 100))):
        (folder / "rules" / f"{number}.yaml").write_text(rules, encoding="utf-8")
    text = "\n".join(
        [
            f'[fetch]\nconcurrency = {AT_ONCE}\nallow_private = ["127.0.0.0/8"]',
            *(
                f'[[source]]\nname = "feed-{at}"\ntype = "feed"\nurl = "{url}"\nbackfill = "999d"'
                for at, url in enumerate(urls)
            ),
        ]
    )
    loop = asyncio.new_event_loop()
    app = App(parse_config(text, "config.toml", folder=folder))
    loop.run_until_complete(app.start())
    return (
        lambda: loop.run_until_complete(run_once(app)),
        lambda: loop.run_until_complete(app.work(app.store.overview)).articles,
        lambda: loop.run_until_complete(app.close()),
    )


def lemon24(urls: Sequence[str], folder: Path) -> Engine:
    """The same for reader."""
    reader = import_module("reader").make_reader(str(folder / "reader.db"))
    for url in urls:
        reader.add_feed(url)
    return (
        lambda: reader.update_feeds(workers=AT_ONCE, scheduled=False),
        lambda: int(reader.get_entry_counts().total),
        reader.close,
    )


ENGINES = {"ours": ours, "reader": lemon24}


def work(name: str, urls: Sequence[str], folder: Path) -> None:
    """Do a round for each line on stdin."""
    run, count, close = ENGINES[name](urls, folder)
    for _ in sys.stdin:
        peak = _Peak()
        before, begun = _cpu(), time.perf_counter()
        run()
        seconds = time.perf_counter() - begun
        print(json.dumps([seconds, _cpu() - before, peak.stop(), count()]), flush=True)
    close()


def _cpu() -> float:
    """Seconds of processor time of this process and its children, those that still live too."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for pid in (os.getpid(), *children_of(os.getpid())):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / ticks
    return total + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


class _Peak:
    """Megabytes at most of this process and its children, looked at while a round goes on."""

    def __init__(self) -> None:
        self._most = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(0.1):
            pids = (os.getpid(), *children_of(os.getpid()))
            self._most = max(self._most, sum(memory_of(pid, "VmRSS") for pid in pids))

    def stop(self) -> float:
        self._end.set()
        self._thread.join()
        return self._most


# --- measuring ---------------------------------------------------------------------------------


def measure(count: int, form: bool) -> dict[str, list[list[float]]]:
    """For each engine and round: seconds, seconds of processor, megabytes, items stored."""
    command = [sys.executable, "-m", "benchmarks.feeds"]
    serving = [*command, "--serve", *(["--form"] if form else [])]
    names = [name for name in ENGINES if name == "ours" or find_spec(name)]
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    with (
        subprocess.Popen(serving, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        engines = {}
        for name in names:
            (Path(folder) / name).mkdir()
            engines[name] = subprocess.Popen(
                [*command, "--engine", name, "--port", port, "--feeds", str(count),
                 "--folder", f"{folder}/{name}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        for number in range(len(ROUNDS)):
            # The second round finds what the first one found.
            generation = max(0, number - 1)
            urllib.request.urlopen(f"http://127.0.0.1:{port}/generation/{generation}").close()
            for name, engine in engines.items():
                assert engine.stdin is not None and engine.stdout is not None  # noqa: PT018
                print("go", file=engine.stdin, flush=True)
                found[name].append(json.loads(engine.stdout.readline()))
        for engine in engines.values():
            engine.communicate()
        server.terminate()
    for name, rounds in found.items():
        assert rounds[-1][3] == count * (ITEMS + 1), f"{name} stored {rounds[-1][3]:.0f} items"
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="200 feeds instead of 2,000")
    parser.add_argument("--form", action="store_true", help="items that differ in two words only")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--feeds", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.port, options.form))
        return
    if options.engine:
        work(options.engine, addresses(options.feeds, options.port), options.folder)
        return
    if find_spec("reader") is None:
        print("reader is not installed: left out. To compare with it: pip install reader")
    count = 200 if options.quick else 2_000
    found = measure(count, options.form)
    rows = [
        (
            round_name,
            name,
            count / seconds,
            found[name][number][0] / found["ours"][number][0],
            1e3 * cpu / count,
            memory,
        )
        for number, round_name in enumerate(ROUNDS)
        for name in found
        for seconds, cpu, memory, _ in [found[name][number]]
    ]
    header = ("round", "engine", "feeds/s", "times ours", "cpu ms/feed", "peak MB")
    print_table(f"{count:,} feeds of {ITEMS} items, {AT_ONCE} at once", header, rows)


if __name__ == "__main__":
    main()

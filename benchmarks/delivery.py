"""Alerts a second from the outbox to receivers, and seconds from a file to a receiver.

`python -m benchmarks.delivery` measures a real daemon with 100 rules and two webhooks, each with a
sending child of its own (Apprise), and receivers on the loopback interface that answer at once:

    burst       1,000 alerts stand in the outbox when the daemon starts; from the first message
                to the last, on both channels, with a claim and a settlement on disk for each
    idle, load  one file at a time is renamed into the drop folder; how long until each of the two
                receivers has its alert, while nothing else happens, and while another drop folder
                gets 50 other articles a second
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.ingest import Ours, alarming, wait_for
from benchmarks.material import SIZES, Plan, make_language, make_plans, make_texts, write_rules
from benchmarks.measuring import children_of, memory_of, percentile, print_table

RULES = 100
#: More at once from a source become one digest.
_AT_ONCE = 20
_PER_SECOND = 50

_CONFIG = """
[watcher]
rules = "rules"
state = "state"
[store]
url = "sqlite:state/watcher.db"
[[source]]
name = "drop"
type = "folder"
path = "drop"
settle = "10ms"
[[source]]
name = "load"
type = "folder"
path = "load"
settle = "10ms"
[[channel]]
name = "desk"
url = "json://127.0.0.1:{port}/desk"
[[channel]]
name = "night"
url = "json://127.0.0.1:{port}/night"
[[route]]
to = ["desk", "night"]
"""


class Receiver:
    """Two webhooks that note when each message came, by channel and by the file that it names."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {"/desk": [], "/night": []}
        self.named: dict[tuple[str, str], float] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                now = time.time()
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.times[self.path].append(now)
                for name in re.findall(r"latency-\d+", body)[:1]:
                    receiver.named.setdefault((self.path, name), now)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()


def set_up(folder: Path, plans: Sequence[Plan], port: int) -> Path:
    """Rules, two drop folders and configuration; the configuration's path."""
    for name in ("rules", "drop", "load", "state", "waiting"):
        (folder / name).mkdir()
    for number, text in enumerate(write_rules(plans)):
        (folder / "rules" / f"{number}.yaml").write_text(text, encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(port=port), encoding="utf-8")
    return config


@contextmanager
def running(folder: Path, config: Path) -> Iterator[int]:
    """The daemon, until it is no longer needed; its process id."""
    command = [sys.executable, "-m", "watcher", "run", "-c", str(config)]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield daemon.pid
    finally:
        daemon.terminate()
        daemon.wait()


# --- a burst -----------------------------------------------------------------------------------


def measure_burst(alerts: int, plans: Sequence[Plan], folder: Path) -> list[tuple[object, ...]]:
    """Rows: channel, messages, messages a second, and the memory of all processes."""
    receiver = Receiver()
    config = set_up(folder, plans, receiver.port)
    expected = _fill(alerts, plans, folder, config)
    peaks = {"daemon": 0.0, "children": 0.0}
    with running(folder, config) as pid:
        wait_for(lambda: any(receiver.times.values()), 60)
        while min(map(len, receiver.times.values())) < expected:
            peaks["daemon"] = max(peaks["daemon"], memory_of(pid))
            children = [memory_of(child) for child in children_of(pid)]
            peaks["children"] = max(peaks["children"], *children)
            time.sleep(0.2)
    receiver.close()
    rows: list[tuple[object, ...]] = []
    for name, times in receiver.times.items():
        assert len(times) == expected, f"{name}: {len(times)} of {expected}"
        rate = len(times) / (max(times) - min(times))
        rows.append((name.strip("/"), len(times), rate, peaks["daemon"], peaks["children"]))
    every = [one for times in receiver.times.values() for one in times]
    rate = len(every) / (max(every) - min(every))
    return [*rows, ("both", len(every), rate, peaks["daemon"], peaks["children"])]


def _fill(alerts: int, plans: Sequence[Plan], folder: Path, config: Path) -> int:
    """An outbox with as many alerts for each channel, or a few more; how many."""
    texts = alarming(make_texts(make_language(), [], 3 * alerts, 5), plans)
    ours = Ours(folder, plans, config)
    pending = 0
    while pending < alerts:
        for number in range(_AT_ONCE):
            path = folder / "waiting" / f"{pending}-{number}.txt"
            path.write_text(next(texts), encoding="utf-8")
        ours.prepare(folder / "waiting")
        ours.run(folder)
        pending = ours.pending("desk")
    ours.close()
    return pending


# --- from a file to its receivers --------------------------------------------------------------


def measure_latency(
    files: int, plans: Sequence[Plan], folder: Path, *, load: bool
) -> tuple[dict[str, list[float]], float]:
    """Seconds from a rename to each receiver, for each file; other articles read a second."""
    receiver = Receiver()
    config = set_up(folder, plans, receiver.port)
    language = make_language()
    texts = list(alarming(make_texts(language, [], files, 77), plans))
    stop = threading.Event()
    other = threading.Thread(target=_load, args=(folder, stop))
    found: dict[str, list[float]] = {"/desk": [], "/night": []}
    with running(folder, config) as pid:
        wait_for(lambda: len(children_of(pid)) >= 3, 60)
        time.sleep(3)
        begun = time.monotonic()
        if load:
            other.start()
            time.sleep(2)
        try:
            for number, text in enumerate(texts):
                for path, seconds in _drop(folder, receiver, number, text).items():
                    found[path].append(seconds)
        finally:
            stop.set()
            rate = _recorded(folder) / (time.monotonic() - begun)
            if load:
                other.join()
    receiver.close()
    return found, rate


def _recorded(folder: Path) -> int:
    """Other articles that are in the store."""
    with closing(sqlite3.connect(folder / "state" / "watcher.db")) as connection:
        query = "SELECT COUNT(*) FROM article WHERE source = 'load'"
        return int(connection.execute(query).fetchone()[0])


def _drop(folder: Path, receiver: Receiver, number: int, text: str) -> dict[str, float]:
    name = f"latency-{number}"
    waiting = folder / "waiting" / name
    waiting.write_text(f"{name} {text}", encoding="utf-8")
    time.sleep(random.uniform(0.05, 0.2))
    start = time.time()
    waiting.rename(folder / "drop" / f"{name}.txt")
    wait_for(lambda: all((path, name) in receiver.named for path in receiver.times), 30)
    return {path: receiver.named[path, name] - start for path in receiver.times}


def _load(folder: Path, stop: threading.Event) -> None:
    """Other articles, evenly, into the other folder."""
    begun = time.monotonic()
    for number, text in enumerate(make_texts(make_language(), [], 100_000, 99)):
        waiting = folder / f"load-{number}"
        waiting.write_text(text, encoding="utf-8")
        os.rename(waiting, folder / "load" / f"{number}.txt")
        if stop.wait(max(0.0, begun + number / _PER_SECOND - time.monotonic())):
            return


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    quick = parser.parse_args().quick
    plans = make_plans(make_language(), SIZES[-1])[:RULES]
    with tempfile.TemporaryDirectory() as name:
        rows = measure_burst(100 if quick else 1_000, plans, Path(name))
    header = ("channel", "alerts", "alerts/s", "daemon MB", "child MB")
    print_table("A burst from the outbox to two receivers", header, rows)
    waits: list[tuple[object, ...]] = []
    for load in (False, True):
        with tempfile.TemporaryDirectory() as name:
            found, rate = measure_latency(20 if quick else 300, plans, Path(name), load=load)
        for path, seconds in found.items():
            shown = (1e3 * percentile(seconds, share) for share in (0.5, 0.99, 1))
            waits.append((f"{'load' if load else 'idle'} {path}", rate, *shown, len(seconds)))
    header = ("daemon", "others/s", "p50 ms", "p99 ms", "most ms", "files")
    print_table("From a file's rename to a receiver", header, waits)


if __name__ == "__main__":
    main()

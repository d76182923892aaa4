"""Articles a second from drop file to committed alerts, and seconds from a file to a receiver.

`python -m benchmarks.ingest` compares, on the same made-up files and rules:

    ours        the real parts: App, FolderSource, the parser child, dedup, record, `done/`;
                deliveries are written to the outbox, nothing is sent
    batches     the prototype loop, one process: read, fold, one scan, prepared INSERTs of
                articles, seen keys, matches and alerts, a commit for each hundred articles
    each        the same with a commit for each article
    script      read, one `re` for each group of a rule, a commit for each article

The prototype splits strips at their datelines and nothing else: no encodings, no furniture, no
times, no messages, no second process, and files stay where they are. Each engine is a process
that lives through all rounds; its store grows, as real ones do. Both prototypes must find the same
matches, ours at least those: it finds word forms and compounds too. Then a real daemon that idles
gets files, one at a time, and a receiver on the loopback interface notes when their alerts come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from benchmarks.matching import one_re_a_group
from benchmarks.material import (
    SIZES,
    Plan,
    load_rules,
    make_language,
    make_plans,
    make_strips,
    make_texts,
    write_rules,
)
from benchmarks.measuring import children_of, memory_of, percentile, print_table
from watcher.app import LEASE, App
from watcher.config import parse_config
from watcher.pipeline import ingest
from watcher.rules.match import terms_of
from watcher.rules.term import compile_term
from watcher.text import fold

#: Reads a folder of files and records them: (articles, matches).
Run = Callable[[Path], tuple[int, int]]

BRIEFS = 8
_BATCH = 100
#: Files that the plain script gets: it needs most of a second for one at 10,000 rules.
_FEW = {10: 500, 1_000: 30, 10_000: 5}
_DATELINE = r"[^\W\d_]+ \([A-Z/]+\) - "
_STRIP, _NEXT_BRIEF = re.compile(_DATELINE), re.compile(rf"\n\n(?={_DATELINE})")

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
[[channel]]
name = "desk"
url = "{url}"
[[route]]
to = ["desk"]
"""

_TABLES = """
    PRAGMA synchronous = FULL;
    CREATE TABLE article (id TEXT PRIMARY KEY, name TEXT, title TEXT, text TEXT, seen REAL);
    CREATE TABLE seen (key TEXT PRIMARY KEY, article TEXT);
    CREATE TABLE rule_match (article TEXT, rule TEXT, PRIMARY KEY (article, rule));
    CREATE TABLE alert (id TEXT PRIMARY KEY, article TEXT, rule TEXT, created REAL);
"""


# --- ours --------------------------------------------------------------------------------------


def set_up(folder: Path, plans: Sequence[Plan], url: str = "json://127.0.0.1:9/") -> Path:
    """Rules, drop folder and configuration; the configuration's path."""
    for name in ("rules", "drop", "state"):
        (folder / name).mkdir()
    for number, text in enumerate(write_rules(plans)):
        (folder / "rules" / f"{number}.yaml").write_text(text, encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(url=url), encoding="utf-8")
    return config


class Ours:
    """The project's own parts in one loop; the daemon's scheduling is left out."""

    def __init__(self, folder: Path, plans: Sequence[Plan], config: Path | None = None) -> None:
        config = config or set_up(folder, plans)
        self._drop = folder / "drop"
        self._loop = asyncio.new_event_loop()
        text = config.read_text(encoding="utf-8")
        self._app = App(parse_config(text, str(config), folder=folder))
        self._loop.run_until_complete(self._app.start())
        assert len(self._app.desk.rules) == len(plans), self._app.loaded.problems[:3]
        self._loop.run_until_complete(self._app.parser.start())

    def prepare(self, files: Path) -> None:
        """The files, renamed into the drop folder."""
        for path in files.iterdir():
            path.rename(self._drop / path.name)
        time.sleep(0.05)

    def run(self, files: Path) -> tuple[int, int]:
        """Ingest until the folder is empty."""
        return self._loop.run_until_complete(self._run())

    async def _run(self) -> tuple[int, int]:
        app = self._app
        source = app.sources["drop"]
        spec = source.spec
        store = app.store
        lane = await app.work(
            lambda: store.claim_lane(spec.lane_kind, app.owner, LEASE, name=spec.lane_name)
        )
        assert lane is not None
        states = await app.work(lambda: store.sources(lane, due_only=False))
        (state,) = (one for one in states if one.name == spec.name)
        articles = matches = 0
        more = True
        while more:
            done = await ingest(
                source, state, lane, parser=app.parser, store=store, work=app.work, desk=app.desk
            )
            assert not done.error, done.error
            assert not done.quarantined, done.quarantined[0]
            articles += len(done.decisions)
            matches += sum(len(one.candidate.matches) for one in done.decisions)
            assert all(one.verdict.outcome == "new" for one in done.decisions)
            more = done.more
        await app.work(lambda: store.release(lane))
        return articles, matches

    def pending(self, channel: str) -> int:
        """Deliveries in the outbox of a channel."""
        store = self._app.store
        rows = self._loop.run_until_complete(
            self._app.work(lambda: list(store.deliveries(["pending"])))
        )
        return sum(row.channel == channel for row in rows)

    def close(self) -> None:
        """End the child."""
        self._loop.run_until_complete(self._app.close())


# --- plainer ways ------------------------------------------------------------------------------


class Prototype:
    """Everything in one loop of one process; ``batch`` articles a commit."""

    def __init__(self, folder: Path, plans: Sequence[Plan], batch: int) -> None:
        self._batch = batch
        self._connection = _connect(folder / "prototype.db", "wal")
        rules = load_rules(plans)
        self._names = [rule.info.id for rule in rules]
        self._groups = [len(plan.groups) for plan in plans]
        owners: dict[tuple[str, bool, bool], list[tuple[int, int]]] = defaultdict(list)
        for number, (plan, rule) in enumerate(zip(plans, rules, strict=True)):
            group_of = {term: at for at, group in enumerate(plan.groups) for term in group}
            for term in terms_of(rule.condition):
                for one in compile_term(replace(term, compound="none", forms="none")):
                    key = (one.literal, not one.left, not one.right)
                    owners[key].append((number, group_of[term.text]))
        self._literals = [(left, right, owners[key]) for key in owners for _, left, right in [key]]
        self._automaton = AhoCorasick([literal for literal, _, _ in owners])

    def prepare(self, files: Path) -> None:
        """Files are read where they are."""

    def run(self, files: Path) -> tuple[int, int]:
        """One pass over the folder."""
        articles: list[tuple[object, ...]] = []
        alerts: list[tuple[object, ...]] = []
        count = matches = 0
        for path in sorted(files.iterdir()):
            for text in _split(path.read_bytes().decode()):
                now = time.time()
                folded = fold(text).text
                name = blake2b(folded.encode(), digest_size=8).hexdigest()
                articles.append((name, path.name, text.partition("\n")[0], text, now))
                found = [(f"{name}-{rule}", name, rule, now) for rule in self._match(folded)]
                alerts += found
                count += 1
                matches += len(found)
                if len(articles) >= self._batch:
                    self._write(articles, alerts)
        self._write(articles, alerts)
        return count, matches

    def _match(self, hay: str) -> list[str]:
        found: dict[int, set[int]] = {}
        for index, start, end in self._automaton.find_matches_as_indexes(hay, overlapping=True):
            left, right, owners = self._literals[index]
            if left and start and hay[start - 1].isalnum():
                continue
            if right and end < len(hay) and hay[end].isalnum():
                continue
            for number, group in owners:
                found.setdefault(number, set()).add(group)
        return [
            self._names[number] for number, got in found.items() if len(got) == self._groups[number]
        ]

    def _write(self, articles: list[tuple[object, ...]], alerts: list[tuple[object, ...]]) -> None:
        write = self._connection.executemany
        self._connection.execute("BEGIN IMMEDIATE")
        write("INSERT INTO article VALUES (?, ?, ?, ?, ?)", articles)
        write("INSERT INTO seen VALUES (?, ?)", [(f"text:{one[0]}", one[0]) for one in articles])
        write("INSERT INTO rule_match VALUES (?, ?)", [one[1:3] for one in alerts])
        write("INSERT INTO alert VALUES (?, ?, ?, ?)", alerts)
        self._connection.execute("COMMIT")
        articles.clear()
        alerts.clear()

    def close(self) -> None:
        """Close the store."""
        self._connection.close()


class Script:
    """What one would write in an afternoon."""

    def __init__(self, folder: Path, plans: Sequence[Plan]) -> None:
        self._connection = _connect(folder / "script.db", "delete")
        self._find = one_re_a_group(plans)

    def prepare(self, files: Path) -> None:
        """Files are read where they are."""

    def run(self, files: Path) -> tuple[int, int]:
        """One pass over the folder."""
        count = matches = 0
        write = self._connection.execute
        for path in sorted(files.iterdir()):
            for text in _split(path.read_bytes().decode()):
                name = blake2b(text.encode(), digest_size=8).hexdigest()
                now = time.time()
                found = self._find(text)
                write("BEGIN")
                values = (name, path.name, text.partition("\n")[0], text, now)
                write("INSERT INTO article VALUES (?, ?, ?, ?, ?)", values)
                for rule in found:
                    write("INSERT INTO rule_match VALUES (?, ?)", (name, rule))
                    values = (f"{name}-{rule}", name, rule, now)
                    write("INSERT INTO alert VALUES (?, ?, ?, ?)", values)
                write("COMMIT")
                count += 1
                matches += len(found)
        return count, matches

    def close(self) -> None:
        """Close the store."""
        self._connection.close()


def _split(text: str) -> list[str]:
    """An article, or the briefs of a strip."""
    return _NEXT_BRIEF.split(text.strip()) if _STRIP.match(text) else [text.strip()]


def _connect(path: Path, journal: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.executescript(_TABLES)
    return connection


# --- one process an engine ---------------------------------------------------------------------


def build(name: str, folder: Path, plans: Sequence[Plan]) -> Ours | Prototype | Script:
    """An engine by its name."""
    if name == "ours":
        return Ours(folder, plans)
    if name == "script":
        return Script(folder, plans)
    return Prototype(folder, plans, _BATCH if name == "batches" else 1)


def work(name: str, size: int, folder: Path) -> None:
    """The process of an engine: a folder of files a line in, what it came to a line out."""
    engine = build(name, folder, make_plans(make_language(), SIZES[-1])[:size])
    print("ready", flush=True)
    for line in sys.stdin:
        files = Path(line.strip())
        engine.prepare(files)
        start = time.perf_counter()
        articles, matches = engine.run(files)
        seconds = time.perf_counter() - start
        child = sum(memory_of(pid) for pid in children_of(os.getpid()))
        answer = [articles, matches, seconds, memory_of(), child]
        print(json.dumps(answer), flush=True)
    engine.close()


class Worker:
    """An engine in a process of its own, seen from outside."""

    def __init__(self, name: str, size: int, folder: Path) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        command = [sys.executable, "-m", "benchmarks.ingest", "--worker", name]
        command += ["--rules", str(size), "--folder", str(self.folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", f"{name} did not start"
        self.rates: list[float] = []
        self.memory = self.child_memory = 0.0
        self.articles = 0

    def ingest(self, texts: Sequence[str], number: int) -> tuple[int, int]:
        """Give it these files; (articles, matches)."""
        files = self.folder / f"files-{number}"
        files.mkdir()
        for at, text in enumerate(texts):
            (files / f"{number}-{at:05}.txt").write_text(text, encoding="utf-8")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{files}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        articles, matches, seconds, self.memory, self.child_memory = answer
        self.rates.append(articles / seconds)
        shutil.rmtree(files)
        return articles, matches

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(
    size: int, *, briefs: int, files: int, rounds: int, folder: Path
) -> list[tuple[object, ...]]:
    """Rows of the table for one size of rule set and one kind of file."""
    language = make_language()
    plans = make_plans(language, SIZES[-1])
    workers = {name: Worker(name, size, folder) for name in ("ours", "batches", "each", "script")}
    try:
        for number in range(rounds):
            seed = 1_000 + number
            some = (
                make_texts(language, plans, files, seed)
                if briefs == 1
                else make_strips(language, plans, files, briefs, seed)
            )
            _round(workers, list(some), number, max(1, _FEW[size] // briefs))
    finally:
        for worker in workers.values():
            worker.close()
    rates = {name: statistics.median(worker.rates) for name, worker in workers.items()}
    return [
        (
            f"{size:,}",
            briefs,
            name,
            rates[name],
            rates[name] / rates["batches"],
            worker.memory,
            worker.child_memory or "-",
        )
        for name, worker in workers.items()
    ]


def _round(workers: dict[str, Worker], texts: list[str], number: int, few: int) -> None:
    """The same files for all, after each other; the first of them for the script."""
    # On two cores, what one engine left to be written must not cost the next.
    found: dict[str, tuple[int, int]] = {}
    for name, worker in workers.items():
        os.sync()
        found[name] = worker.ingest(texts[:few] if name == "script" else texts, number)
    assert found["batches"] == found["each"], f"they differ: {found}"
    # Ours finds forms and compounds too.
    assert found["ours"][0] == found["batches"][0], f"they differ: {found}"
    assert found["ours"][1] >= found["batches"][1], f"they differ: {found}"


# --- from a file to a receiver -----------------------------------------------------------------


class Receiver:
    """A web hook that notes when each alert came, by the file that it names."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                now = time.time()
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                for name in re.findall(r"latency-\d+", body)[:1]:
                    arrived.setdefault(name, now)
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


def measure_latency(size: int, files: int, folder: Path) -> list[float]:
    """Seconds from a rename into the drop folder to the receiver, for each file."""
    language = make_language()
    plans = make_plans(language, SIZES[-1])[:size]
    texts = list(alarming(make_texts(language, [], files, 77), plans))
    receiver = Receiver()
    config = set_up(folder, plans, f"json://127.0.0.1:{receiver.port}/")
    command = [sys.executable, "-m", "watcher", "run", "-c", str(config)]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(lambda: len(children_of(daemon.pid)) >= 2, 60)
        time.sleep(2)
        return [_drop(folder, receiver, number, text) for number, text in enumerate(texts)]
    finally:
        daemon.terminate()
        daemon.wait()
        receiver.close()


def alarming(texts: Iterator[str], plans: Sequence[Plan]) -> Iterator[str]:
    """Each text with words of one rule in its second paragraph."""
    plain = [plan for plan in plans if not plan.has_wildcard]
    for number, text in enumerate(texts):
        words = " en ".join(group[0] for group in plain[number % len(plain)].groups)
        yield text.replace("\n\n", f"\n\nHet gaat om {words}.\n\n", 1)


def _drop(folder: Path, receiver: Receiver, number: int, text: str) -> float:
    name = f"latency-{number}"
    waiting = folder / name
    waiting.write_text(text, encoding="utf-8")
    time.sleep(random.uniform(0.05, 0.2))
    start = time.time()
    waiting.rename(folder / "drop" / f"{name}.txt")
    wait_for(lambda: name in receiver.arrived, 30)
    return receiver.arrived[name] - start


def wait_for(happened: Callable[[], bool], seconds: float) -> None:
    """Look again and again; fails if it has not happened by then."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.005)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about twenty seconds")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.rules, options.folder)
        return
    quick = options.quick
    rounds, files, strips = (2, 300, 40) if quick else (3, 2_000, 250)
    rows: list[tuple[object, ...]] = []
    waits: list[tuple[object, ...]] = []
    for size in (1_000,) if quick else (10, 1_000, 10_000):
        for briefs, count in ((1, files), (BRIEFS, strips)):
            with tempfile.TemporaryDirectory() as name:
                rows += measure(size, briefs=briefs, files=count, rounds=rounds, folder=Path(name))
        with tempfile.TemporaryDirectory() as name:
            found = measure_latency(size, 15 if quick else 100, Path(name))
        waits.append(
            (f"{size:,}", *(1e3 * percentile(found, share) for share in (0.5, 0.99)), len(found))
        )
    header = ("rules", "articles/file", "engine", "articles/s", "of batches", "MB", "child MB")
    print_table(f"Ingest: median of {rounds} interleaved rounds", header, rows)
    header = ("rules", "p50 ms", "p99 ms", "files")
    print_table("From a file's rename to the receiver, idle daemon", header, waits)


if __name__ == "__main__":
    main()

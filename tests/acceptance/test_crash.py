"""Nothing is lost, whatever step of its work the process dies at."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import ROOT, Home, Loopback, article, block, environment, rss, wait_until
from oracle import Findings, Message, in_flight, judge, received, written

CRASHING = Path(__file__).with_name("crashing.py")
FILES, ITEMS = ("een", "twee"), ("drie", "vier")
ALL = (*FILES, *ITEMS)
BAD = b"\x00\x01\x02" * 400
#: Of all steps, the default run tries so many.
SAMPLE = 20
#: And so many pairs of them, one crash after the other.
PAIRS = 4
SEED = 20260302
WORKERS = 2
MATTERS = re.compile(r"after|during|between|before (COMMIT|rename|INSERT|UPDATE delivery)")


class Forks:
    """Processes that have imported the program and fork to run it, one for each core."""

    def __init__(self, number: int) -> None:
        self._free: queue.SimpleQueue[subprocess.Popen[str]] = queue.SimpleQueue()
        self._all = [
            subprocess.Popen(
                [sys.executable, str(CRASHING), "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=environment(),
            )
            for _ in range(number)
        ]
        for process in self._all:
            self._free.put(process)

    def run(self, words: Sequence[str]) -> int:
        """Run a command line of crashing.py in a fork; its exit status."""
        process = self._free.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(list(words)) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End them."""
        for process in self._all:
            process.communicate(timeout=30)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    """As many as run side by side."""
    forks = Forks(WORKERS)
    yield forks
    forks.close()


@dataclass
class Case:
    """One life of a store: crashes, then runs without a crash until nothing is left to do."""

    home: Home
    loopback: Loopback
    forks: Forks
    name: str
    #: What was in flight at each crash.
    crashes: list[list[Message]] = field(default_factory=list)
    archive: Path = field(init=False)

    def __post_init__(self) -> None:
        """Two files and a bad one, two items of a feed, two receivers and a file."""
        home, hooks = self.home, [self.loopback.hook(name) for name in self.hooks]
        self.archive = home.folder / "archief.jsonl"
        url = self.loopback.feed(self.name, lambda _: (200, {"ETag": '"1"'}, rss(ITEMS)))
        home.config(
            block("source", name="map", type="folder", path="drop", settle="50ms"),
            block("source", name="feed", type="feed", url=url, every="1s"),
            block("channel", name="piket", url=hooks),
            block("channel", name="archief", type="file", path="archief.jsonl"),
            block("route", to=["piket", "archief"]),
            block("delivery", backoff=["50ms"], deadline="10s"),
        )
        for name in FILES:
            home.drop(f"{name}.txt", article(name))
        home.drop("stuk.txt", BAD)

    @property
    def hooks(self) -> tuple[str, str]:
        """The receivers of this case alone."""
        return f"{self.name}-a", f"{self.name}-b"

    @property
    def arrived(self) -> int:
        """How many messages its receivers have got."""
        return sum(len(self.loopback.hooked(name)) for name in self.hooks)

    @property
    def is_over(self) -> bool:
        """Whether everything was read, and delivered."""
        return not self.home.undelivered() and not self.home.left()

    def run(self, *options: str) -> int:
        """One `run --once` that may die; its exit status (negative: the signal)."""
        log = self.home.folder / "log"
        # The command's own arguments follow the python and its -m watcher.
        status = self.forks.run([str(log), *options, "--", *self.home.command("run", "--once")[3:]])
        if status == -signal.SIGKILL:
            self.look()
        else:
            assert status == 0, log.read_text()
        return status

    def look(self) -> None:
        """Note what a crash left in flight."""
        self.crashes.append(in_flight(self.home, f"look-{len(self.crashes) + 1}"))

    def recover(self, *options: str) -> Findings:
        """Run without a crash until nothing is left to do, then ask the oracle."""
        for _ in range(8):
            self.run(*options)
            if self.is_over:
                break
        return self.verdict()

    def verdict(self) -> Findings:
        """What the oracle says now."""
        home = self.home
        got = received(self.loopback, "piket", *self.hooks) | written(self.archive, "archief")
        found = judge(home, got, expected=ALL, crashes=self.crashes)
        if home.undelivered() or home.left():
            found.wrong.append(f"{home.undelivered()} wait, {home.left()} still lie there")
        done = {one.name: one.read_text() for one in (home.drop_folder / "done").glob("*")}
        if done != {f"{name}.txt": article(name) for name in FILES}:
            found.wrong.append(f"in done/: { {name: len(text) for name, text in done.items()} }")
        # After a kill between the two, a reason may lie there without its file.
        failed = {one.name: one.read_bytes() for one in (home.drop_folder / "failed").glob("*")}
        files = [name for name in failed if not name.endswith(".reason.txt")]
        if [failed.get(name) for name in files] != [BAD] or f"{files[0]}.reason.txt" not in failed:
            found.wrong.append(f"in failed/: {sorted(failed)}")
        if home.rows("SELECT document FROM quarantine") != [("stuk.txt",)]:
            found.wrong.append("the bad file is not in quarantine")
        return found


@pytest.fixture
def make_case(
    make_home: Callable[[str], Home], loopback: Loopback, forks: Forks
) -> Callable[[str], Case]:
    """Cases that share a server."""
    return lambda name: Case(make_home(name), loopback, forks, name)


def count_steps(case: Case) -> list[str]:
    """The label of every step of a clean run, which must be clean in the oracle's eyes too."""
    trace = case.home.folder / "trace"
    assert case.run("--trace", str(trace)) == 0
    assert case.verdict().wrong == []
    return trace.read_text().splitlines()


def spread(labels: Sequence[str], number: int, seed: int) -> list[int]:
    """So many step numbers: half of them one of a kind that matters, half evenly spread."""
    chance = random.Random(seed)
    kinds: dict[str, list[int]] = {}
    for at, label in enumerate(labels, start=1):
        if MATTERS.match(label):
            kinds.setdefault(label, []).append(at)
    few = chance.sample(sorted(kinds), min(len(kinds), number // 2))
    chosen = {chance.choice(kinds[label]) for label in few}
    rest = number - len(chosen)
    width = len(labels) / rest
    chosen |= {int((place + chance.random()) * width) + 1 for place in range(rest)}
    return sorted(chosen)


def find_all(labels: Sequence[str], label: str) -> list[int]:
    """The numbers of all steps with this label."""
    return [at for at, one in enumerate(labels, start=1) if one == label]


def try_all(
    cases: Sequence[Callable[[], tuple[Case, Findings]]], workers: int = WORKERS
) -> list[str]:
    """Run cases side by side; what was wrong, and the numbers for the log."""
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda case: case(), cases))
    wrong = [f"{case.name}: {one}" for case, found in results for one in found.wrong]
    print(
        f"{len(results)} cases, {sum(len(case.crashes) for case, _ in results)} crashes, "
        f"{sum(len(one) for case, _ in results for one in case.crashes)} messages in flight, "
        f"{sum(found.extra for _, found in results)} extra copies, "
        f"{sum('LOST' in one for one in wrong)} lost"
    )
    for case, found in results:
        if not found.wrong:
            shutil.rmtree(case.home.folder)
    return wrong


def crash_at(make_case: Callable[[str], Case], *steps: int) -> tuple[Case, Findings]:
    """Die at these steps, one run after the other, then recover."""
    case = make_case("step-" + "-".join(map(str, steps)))
    for number in steps:
        case.run("--at", str(number))
    return case, case.recover()


def test_a_kill_at_any_step_loses_nothing(make_case: Callable[[str], Case]) -> None:
    labels = count_steps(make_case("clean"))
    points = sorted({*spread(labels, SAMPLE, SEED), *find_all(labels, "before rename")})
    print(f"{len(labels)} steps; tried: {points}")
    assert try_all([lambda at=at: crash_at(make_case, at) for at in points]) == []  # type: ignore[misc]


def test_a_second_kill_loses_nothing(make_case: Callable[[str], Case]) -> None:
    """The first with a message in flight, the other somewhere in the recovery from it."""
    labels = count_steps(make_case("clean"))
    chance = random.Random(SEED)
    sending = [at for at, label in enumerate(labels, start=1) if label.endswith(" sender")]
    pairs = [(at, chance.randint(1, len(labels) // 2)) for at in chance.sample(sending, PAIRS)]
    print(f"{len(labels)} steps; tried: {pairs}")
    assert try_all([lambda steps=steps: crash_at(make_case, *steps) for steps in pairs]) == []  # type: ignore[misc]


@pytest.mark.soak
def test_a_kill_at_every_single_step_loses_nothing(make_case: Callable[[str], Case]) -> None:
    labels = count_steps(make_case("clean"))
    points = range(1, len(labels) + 1)
    assert try_all([lambda at=at: crash_at(make_case, at) for at in points]) == []  # type: ignore[misc]


@pytest.mark.soak
def test_kills_in_the_recovery_from_a_kill_lose_nothing(make_case: Callable[[str], Case]) -> None:
    chance = random.Random(SEED)
    size = len(count_steps(make_case("clean")))
    pairs = [(chance.randint(1, size), chance.randint(1, size), chance.randint(1, size // 2))
             for _ in range(60)]  # fmt: skip
    assert try_all([lambda steps=steps: crash_at(make_case, *steps) for steps in pairs]) == []  # type: ignore[misc]


@pytest.mark.soak
def test_kills_of_the_daemon_at_random_times_lose_nothing(
    make_case: Callable[[str], Case],
) -> None:
    chance = random.Random(SEED)

    def live(number: int, seconds: Sequence[float]) -> tuple[Case, Findings]:
        case = make_case(f"random-{number}")
        for length in seconds:
            daemon = case.home.start(ready=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(length)
            daemon.kill()
            case.look()
        return case, case.recover()

    lives = [(number, [chance.uniform(0.5, 2.5) for _ in range(2)]) for number in range(40)]
    assert try_all([lambda one=one: live(*one) for one in lives]) == []  # type: ignore[misc]


@pytest.mark.soak
def test_kills_of_the_daemon_while_it_sends_lose_nothing(
    make_case: Callable[[str], Case],
) -> None:
    """Both channels send at once, and a random time seldom meets them at it."""

    def live(number: int, first: int) -> tuple[Case, Findings]:
        case = make_case(f"sending-{number}")
        for count in (first, first + 1):
            daemon = case.home.start(ready=False)
            wait_until(lambda n=count: case.arrived >= n or case.is_over, "sending", every_s=0.001)  # type: ignore[misc]
            daemon.kill()
            case.look()
        return case, case.recover()

    # Six messages to two receivers, and another for each repeat.
    lives = [(number, number % 5 + 1) for number in range(30)]
    assert try_all([lambda one=one: live(*one) for one in lives]) == []  # type: ignore[misc]


#: The shortcut, the step to die at, and a word of what the oracle must say.
SHORTCUTS = [
    ("two-commits", "between the two commits", "LOST"),
    ("claim-after-send", "after sender", "attempts"),
    ("done-before-send", "before sender", "LOST"),
    ("moved-before-commit", "before INSERT INTO article", "LOST"),
    ("two-in-flight", "before the two settlements", "in flight at once"),
    ("done-again", "after a settlement", "extra copies"),
    ("silent-repeat", "after sender", "without saying so"),
]


def test_the_oracle_sees_what_every_shortcut_loses(make_case: Callable[[str], Case]) -> None:
    """Without this, a green run above might only mean that the oracle is blind."""

    def take(shortcut: str, label: str) -> list[str]:
        case = make_case(shortcut)
        assert case.run("--mutation", shortcut, "--label", label) == -signal.SIGKILL
        return case.recover("--mutation", shortcut).wrong

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda one: take(one[0], one[1]), SHORTCUTS))
    for (shortcut, _, word), wrong in zip(SHORTCUTS, found, strict=True):
        assert any(word in one for one in wrong), (shortcut, wrong)

"""A private PostgreSQL cluster, a clock that only tests move, and builders of model values."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.model import (
    Alert,
    Article,
    Candidate,
    Decision,
    Delivery,
    History,
    Hit,
    Lane,
    Match,
    Message,
    Outcome,
    PollRecord,
    RuleInfo,
    Severity,
    SourceSpec,
    Verdict,
)
from watcher.store.store import SqlStore, open_store

MINUTE = timedelta(minutes=1)


# --- PostgreSQL --------------------------------------------------------------------------------


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return candidates[-1].parent if candidates else None


def _ordinary_user() -> str | None:
    """Whom PostgreSQL runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@dataclass
class Cluster:
    """A running PostgreSQL on a unix socket, for this test session only."""

    folder: Path
    binaries: Path
    user: str | None
    databases: int = 0

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.binaries / program, *arguments],
            check=True,
            cwd="/",
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
        )

    def start(self) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        settings = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        self.run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", settings)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.folder / "data"))

    def url(self, database: str) -> str:
        return f"postgresql://watcher@/{database}?host={self.folder}"

    def fresh(self) -> str:
        """The url of a new, empty database."""
        import psycopg

        self.databases += 1
        name = f"test_{self.databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self.url(name)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL, or a visible skip; with WATCHER_REQUIRE_PG=1 a failure."""
    binaries = _binaries()
    if binaries is None:
        missing = "PostgreSQL's initdb is not installed"
        if os.environ.get("WATCHER_REQUIRE_PG") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    # Not pytest's folder: a socket's path may have 107 bytes only.
    folder = Path(tempfile.mkdtemp(prefix="watcher-pg-"))
    try:
        user = _ordinary_user()
        if user:
            shutil.chown(folder, user)
        cluster = Cluster(folder, binaries, user)
        data = str(folder / "data")
        cluster.run(
            "initdb", "-A", "trust", "--no-sync", "-U", "watcher", "-E", "UTF8",
            "--locale=C", "-D", data,
        )  # fmt: skip
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


# --- stores ------------------------------------------------------------------------------------


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> datetime:
        self.now += span
        return self.now


@dataclass
class Engine:
    """One empty database, and as many stores on it as a test opens."""

    name: str
    url: str
    clock: Clock
    opened: list[SqlStore] = field(default_factory=list)

    def open(self, *, read_only: bool = False) -> SqlStore:
        store = open_store(self.url, clock=self.clock, read_only=read_only)
        self.opened.append(store)
        return store

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What is really in the database, read past the store."""
        if self.name == "sqlite":
            import sqlite3

            connection = sqlite3.connect(self.url.removeprefix("sqlite:"))
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        import psycopg

        with psycopg.connect(self.url) as postgres:
            return postgres.execute(sql.encode()).fetchall()


@pytest.fixture
def clock() -> Clock:
    """The clock of this test's stores."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Engine]:
    """An empty database of each engine."""
    if request.param == "sqlite":
        url = f"sqlite:{tmp_path}/watcher.db"
    else:
        url = request.getfixturevalue("cluster").fresh()
    engine = Engine(request.param, url, clock)
    yield engine
    for store in engine.opened:
        store.close()


@pytest.fixture
def store(engine: Engine) -> SqlStore:
    """A store on that database."""
    return engine.open()


# --- model values ------------------------------------------------------------------------------


class Build:
    """Short ways to whole model values."""

    seen = datetime(2026, 3, 2, 8, 59, 0, 5, tzinfo=UTC)

    def spec(self, name: str = "nos", **changes: object) -> SourceSpec:
        values: dict[str, object] = {
            "name": name, "type": "feed", "lane_kind": "host", "lane_name": f"{name}.example",
            "every": 10 * MINUTE,
        }  # fmt: skip
        return SourceSpec(**(values | changes))  # type: ignore[arg-type]

    def article(self, name: str, source: str = "nos", **changes: object) -> Article:
        values: dict[str, object] = {
            "id": name, "source": source, "document": "feed.xml", "part": 1, "parts": 1,
            "kind": "article", "title": f"Title {name}", "title_source": "headline",
            "text": f"Title {name}\n\nTekst van {name}.", "seen": self.seen,
        }  # fmt: skip
        return Article(**(values | changes))  # type: ignore[arg-type]

    def candidate(
        self,
        name: str,
        *keys: str,
        rules: Sequence[str] = (),
        **changes: object,
    ) -> Candidate:
        """Its keys: those given and ``text:<name>``, which is also its text key."""
        return Candidate(
            article=self.article(name, **changes),
            keys=(*keys, f"text:{name}"),
            text_key=f"text:{name}",
            matches=tuple(self.match(rule) for rule in rules),
        )

    def match(self, rule: str = "kabinet") -> Match:
        hit = Hit(start=0, end=5, text="Title", term="title", how="exact", field="headline")
        info = RuleInfo(id=rule, title=f"Rule {rule}", severity=Severity.HIGH)
        return Match(rule=info, hits=(hit,))

    def alert(self, name: str, candidate: Candidate, story: str, **changes: object) -> Alert:
        values: dict[str, object] = {
            "id": name, "rule": "kabinet", "severity": Severity.HIGH,
            "title": candidate.article.title, "article": candidate.article.id, "story": story,
            "source": candidate.article.source, "created": self.seen, "code": "first",
            "reason": "first report of this story for this rule", "channels": ("piket",),
        }  # fmt: skip
        return Alert(**(values | changes))  # type: ignore[arg-type]

    def delivery(self, name: str, alert: str, channel: str = "piket", to: str = "jan") -> Delivery:
        message = Message(title=f"Alert {alert}", text="Wat er gebeurde.", html="<b>!</b>")
        return Delivery(id=name, alert=alert, channel=channel, recipient=to, message=message)

    def new(self, candidate: Candidate, *deliveries: Delivery, alert: str = "") -> Decision:
        """A new story; with an alert where one is named, and its deliveries."""
        story = f"story:{candidate.article.id}"
        alerts = (self.alert(alert, candidate, story),) if alert else ()
        verdict = Verdict(outcome=Outcome.NEW, story=story)
        return Decision(candidate=candidate, verdict=verdict, alerts=alerts, deliveries=deliveries)

    def follows(self, candidate: Candidate, outcome: Outcome, of: str, story: str) -> Decision:
        """A decision about an article that was seen before in some way."""
        return Decision(candidate=candidate, verdict=Verdict(outcome=outcome, story=story, of=of))


@pytest.fixture
def build() -> Build:
    """Builders of model values."""
    return Build()


@dataclass
class Feed:
    """One source in a store: claims its lane where needed and records what it is given."""

    store: SqlStore
    build: Build
    source: str = "nos"
    owner: str = "node"
    lane: Lane | None = None
    history: History | None = None

    def claim(self) -> Lane:
        lane = self.store.claim_lane("host", self.owner, 5 * MINUTE, name=f"{self.source}.example")
        assert lane is not None
        self.lane = lane
        return lane

    def record(
        self, *decisions: Decision, memory: timedelta = timedelta(), **poll: object
    ) -> Sequence[Decision]:
        """Record these decisions whatever the history says; the history is kept for a look."""

        def decide(history: History) -> Sequence[Decision]:
            self.history = history
            return decisions

        values: dict[str, object] = {"source": self.source, "final": True}
        return self.store.record(
            self.lane or self.claim(),
            PollRecord(**(values | poll)),  # type: ignore[arg-type]
            [each.candidate for each in decisions],
            decide,
            memory=memory,
        )

    def tell(self, *ids: str, channel: str = "piket") -> None:
        """One new article, alert and delivery for each id, recorded one after the other."""
        for each in ids:
            candidate = self.build.candidate(each, rules=["kabinet"])
            delivery = self.build.delivery(f"d-{each}", f"a-{each}", channel)
            self.record(self.build.new(candidate, delivery, alert=f"a-{each}"))


@pytest.fixture
def feed(store: SqlStore, build: Build) -> Feed:
    """The source "nos" in the store."""
    store.sync_sources([build.spec("nos")])
    return Feed(store, build)


@pytest.fixture
def feeds(build: Build) -> Callable[[SqlStore, str, str], Feed]:
    """Sources by name, in any store, for any owner."""
    return lambda store, source, owner: Feed(store, build, source, owner)

"""The real process from outside: its folder, and its neighbours on the loopback."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Far longer than anything takes on an idle machine; no test is about how fast.
PATIENCE_S = 30.0

RULES = """\
version: 1
rules:
  - id: embargo
    title: Embargo
    severity: high
    match:
      any: ["*embargo*"]
"""


def wait_until(
    condition: Callable[[], Any], what: str, deadline_s: float = PATIENCE_S, every_s: float = 0.02
) -> Any:
    """The first true value of the condition; fails with ``what`` after the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:g} s: {what}")
        time.sleep(every_s)


def article(name: str, word: str = "embargo") -> str:
    """A news text that the rule of `RULES` matches, recognisable by its name."""
    return (
        f"Bericht {name} over een {word}\n\n"
        f"Het kabinet overweegt {name} een {word} op olie, zei de minister vrijdag in Den Haag.\n"
    )


def rss(names: Iterable[str], *, word: str = "embargo", stamp: str = "") -> bytes:
    """A feed with one matching item for each name; another stamp is another body."""
    items = "".join(
        f"<item><title>Bericht {name} over een {word}</title>"
        f"<guid isPermaLink='false'>guid-{name}</guid>"
        f"<link>https://nieuws.example/{name}</link>"
        f"<description>Het kabinet overweegt {name} een {word} op olie, zei de minister vrijdag "
        f"in Den Haag.</description></item>"
        for name in names
    )
    head = f"<title>Feed</title><description>{stamp}</description>"
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>{head}{items}"
        "</channel></rss>"
    ).encode()


# --- neighbours --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the loopback server got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def alert(self) -> str:
        """The alert's id, from the header that lets a receiver see a repeat."""
        return self.headers["x-alert-id"]

    @property
    def text(self) -> str:
        """Title and message of a webhook."""
        value = json.loads(self.body)
        return f"{value['title']}\n{value['message']}"


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


#: Answers one GET: status, headers, body; or does as it likes with the handler and returns None.
Page = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes] | None]


class Loopback:
    """A web server in a thread: pages for feeds, everything under /hook is a receiver."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.pages: dict[str, Page] = {}
        #: Hooks that say nothing until they are released.
        self.hung: set[str] = set()
        #: Hooks that answer otherwise than well: status, headers, body.
        self.refusals: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), partial(_Handler, self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def remember(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Log a request."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.requests.append(Request(handler.path, headers, body))

    def hook(self, name: str) -> str:
        """The Apprise URL of a receiver."""
        return f"json://127.0.0.1:{self.port}/hook/{name}"

    def feed(self, name: str, page: Page) -> str:
        """The URL of a feed with this page."""
        self.pages[f"/{name}"] = page
        return f"http://127.0.0.1:{self.port}/{name}"

    def got(self, path: str) -> list[Request]:
        """What came to a path, or to everything under it, oldest first."""
        with self._lock:
            return [one for one in self.requests if f"{one.path}/".startswith(f"{path}/")]

    def hooked(self, name: str) -> list[Request]:
        """What came to a receiver."""
        return self.got(f"/hook/{name}")

    def texts(self, name: str) -> str:
        """Everything that a receiver got, in one text."""
        return "\n".join(one.text for one in self.hooked(name))

    def close(self) -> None:
        """Stop listening and let go of whoever waits."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def __init__(self, loopback: Loopback, *arguments: Any) -> None:
        self._loopback = loopback
        super().__init__(*arguments)

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """A feed."""
        self._loopback.remember(self, b"")
        page = self._loopback.pages.get(self.path, lambda _: (404, {}, b""))
        answer = page(self)
        if answer is not None:
            self._reply(*answer)

    def do_POST(self) -> None:
        """A webhook."""
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return  # the sender died in the middle: nothing was received
        self._loopback.remember(self, body)
        hook = self.path.partition("?")[0].removeprefix("/hook/")
        if hook in self._loopback.refusals:
            self._reply(*self._loopback.refusals[hook])
            return
        if hook in self._loopback.hung:
            self._loopback.released.wait()
            self.close_connection = True
            return
        self._reply(200, {}, b"ok")

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- the process and its folder ----------------------------------------------------------------


def block(table: str, /, **values: Any) -> str:
    """A TOML table, or one more of a list of tables."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[[{table}]]" if table in _LISTS else f"[{table}]", *lines, ""])


_LISTS = {"source", "channel", "route"}


@dataclass
class Daemon:
    """A running ``watcher run``."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The daemon's own process, not a tracer's."""
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Its exit status."""
        return self.process.wait(seconds)

    def stop(self) -> int:
        """End it politely; its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it like a power cut."""
        self.process.kill()
        self.process.wait()

    def says(self, text: str) -> bool:
        """Whether the log has this text."""
        return text in self.log.read_text(errors="replace")

    def children(self, module: str) -> list[int]:
        """Its child processes that run a module."""
        found = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                try:
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                except OSError:
                    continue
                if module.encode() in command.split(b"\0"):
                    found.append(int(pid))
        return found


@dataclass
class Home:
    """A folder with a configuration, rules and a drop folder, and what runs in it."""

    folder: Path
    daemons: list[Daemon] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the folders and one rule."""
        for name in ("rules", "drop", "state", "outside"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.rules(RULES)

    @property
    def drop_folder(self) -> Path:
        """Where files are dropped."""
        return self.folder / "drop"

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.folder / "state" / "watcher.db"

    def rules(self, text: str, name: str = "regels.yaml") -> None:
        """Write a rule file."""
        (self.folder / "rules" / name).write_text(text)

    def config(self, *blocks: str) -> Path:
        """Write the configuration; feeds may be on this machine."""
        path = self.folder / "config.toml"
        text = "\n".join(blocks)
        fetch = block("fetch", allow_private=["127.0.0.0/8"])
        if "allow_private" not in text:
            found = "[fetch]\n" in text
            text = text.replace("[fetch]\n", fetch) if found else f"{text}\n{fetch}"
        path.write_text(text)
        return path

    def standard(self, loopback: Loopback, *blocks: str, hook: str = "piket") -> None:
        """One drop folder, one channel with one receiver, quick tries; and more blocks."""
        self.config(
            block("source", name="map", type="folder", path="drop", settle="300ms"),
            block("channel", name="piket", url=loopback.hook(hook)),
            block("route", to=["piket"]),
            block("delivery", backoff=["100ms"], deadline="5s"),
            *blocks,
        )

    def drop(self, name: str, content: str | bytes) -> Path:
        """Write a file elsewhere and rename it into the drop folder."""
        data = content.encode() if isinstance(content, str) else content
        outside = self.folder / "outside" / name
        outside.write_bytes(data)
        target = self.drop_folder / name
        os.rename(outside, target)
        return target

    def left(self) -> list[str]:
        """What lies in the drop folder itself."""
        return sorted(one.name for one in self.drop_folder.iterdir() if not one.is_dir())

    def command(self, *arguments: str) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "watcher", "-c", str(self.folder / "config.toml"), *arguments]

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=ROOT,
            env=environment(),
        )

    def json(self, *arguments: str) -> Any:
        """What ``status --json`` prints."""
        (value,) = self.lines(*arguments)
        return value

    def lines(self, *arguments: str) -> list[Any]:
        """What a command prints with --json; it runs here, to save a start for every look."""
        # Not at the top: the program is imported by the processes that need it.
        from watcher.cli.main import run

        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = run([*self.command(*arguments, "--json")[3:]])
        assert status == 0, output.getvalue()
        return [json.loads(line) for line in output.getvalue().splitlines()]

    def start(self, *prefix: str, ready: bool = True, options: tuple[str, ...] = ()) -> Daemon:
        """Start the daemon; ``prefix`` is a tracer's command line, ``options`` are the daemon's."""
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*prefix, *self.command("run", *options)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                cwd=ROOT,
                env=environment(),
            )
        daemon = Daemon(process, log)
        self.daemons.append(daemon)
        if ready:
            wait_until(lambda: daemon.says("rules from") or daemon.process.poll(), "a start")
            assert process.poll() is None, log.read_text()
        return daemon

    def stop_all(self) -> None:
        """Leave nothing running, however the test ended."""
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.kill()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What is in the database now; [] while it has no tables yet."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA busy_timeout = 5000")
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def snapshot(self, sql: str, scratch: str) -> list[tuple[Any, ...]]:
        """The same of a copy: looking at what a crash left must not repair it."""
        copy = self.folder / scratch
        copy.mkdir()
        for file in self.folder.glob("state/watcher.db*"):
            shutil.copy(file, copy)
        return Home._rows_of(copy / "watcher.db", sql)

    @staticmethod
    def _rows_of(path: Path, sql: str) -> list[tuple[Any, ...]]:
        if not path.exists():
            return []
        with closing(sqlite3.connect(path)) as connection:
            try:
                return connection.execute(sql).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def undelivered(self) -> int:
        """Deliveries that are not done."""
        rows = self.rows("SELECT COUNT(*) FROM delivery WHERE state <> 'done'")
        return int(rows[0][0]) if rows else 0


def environment() -> dict[str, str]:
    """This process's, without what makes a command behave differently for developers."""
    return {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

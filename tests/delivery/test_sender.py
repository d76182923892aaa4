"""The sending child over its pipe: real Apprise to real receivers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

CANARY = "kanarie7geheim"
COMMAND = [sys.executable, "-P", "-m", "watcher.delivery.sender"]
ROOT = str(Path(__file__).resolve().parents[2])
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT}


class Pipe:
    """A sending process and the lines to and from it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.written = b""

    async def ask(self, value: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        async with asyncio.timeout(10):
            line = await self.process.stdout.readline()
        self.written += line
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def send(self, **changes: Any) -> dict[str, Any]:
        request = {
            "id": "de-1",
            "recipient": 0,
            "title": "Titel",
            "text": "Tekst",
            "alert_id": "al-1",
        }
        return await self.ask({**request, **changes})


Start = Callable[..., Any]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start a child for these addresses."""
    started: list[asyncio.subprocess.Process] = []

    async def run(*urls: str, patience: float = 2) -> Pipe:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
        )
        started.append(process)
        pipe = Pipe(process)
        await pipe.ask({"urls": urls, "timeout": patience})
        return pipe

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


ANSWERS = {
    "/": ("done", "", None),
    "/status/204": ("done", "", None),
    "/status/302": ("temporary", "HTTP 302", None),
    "/status/400": ("permanent", "HTTP 400", None),
    "/status/404": ("permanent", "HTTP 404", None),
    "/status/408": ("temporary", "HTTP 408", None),
    "/status/413": ("permanent", "HTTP 413", None),
    "/status/425": ("temporary", "HTTP 425", None),
    "/status/429": ("temporary", "HTTP 429", None),
    "/status/429?-Retry-After=77": ("temporary", "HTTP 429", 77),
    "/status/503?-Retry-After=Wed, 21 Oct 2015 07:28:00 GMT": ("temporary", "HTTP 503", 0),
    "/status/500?-Retry-After=morgen": ("temporary", "HTTP 500", None),
    "/rst": ("ambiguous", "connection reset by peer", None),
    "/never": ("ambiguous", "no answer in time", None),
}


async def test_answers_of_a_web_server(receiver: Any, start: Start) -> None:
    # One child for all: what it remembers of one transmission must not colour the next.
    pipe = await start(*map(receiver.url, ANSWERS), patience=0.5)
    begun = time.monotonic()
    answers = [await pipe.send(recipient=number) for number in range(len(ANSWERS))]
    seen = [(answer["sent"], answer["error"], answer["retry_after"]) for answer in answers]
    assert dict(zip(ANSWERS, seen, strict=True)) == ANSWERS
    assert time.monotonic() - begun < 3.5, "our time-out, not the 4 s of Apprise"
    assert len(receiver.requests) == len(ANSWERS), "no redirect followed, no second try"


async def test_not_reached_is_temporary(start: Start, closed_port: int) -> None:
    pipe = await start(f"json://127.0.0.1:{closed_port}/", "json://bestaat-niet.invalid/")
    refused, unknown = await pipe.send(), await pipe.send(recipient=1)
    assert (refused["sent"], refused["error"]) == ("temporary", "connection refused")
    assert (unknown["sent"], unknown["error"]) == ("temporary", "the host's name is not known")


async def test_the_alert_id_is_in_the_headers(receiver: Any, start: Start) -> None:
    schemes = ("json", "xml", "form")
    pipe = await start(*(receiver.url("/?+X-Alert-Id=anders", scheme=name) for name in schemes))
    for number, _ in enumerate(schemes):
        await pipe.send(recipient=number, alert_id="al-9\r\nX-Kwaad: ja")
        headers = receiver.requests[-1][1]
        assert (headers["X-Alert-Id"], headers["Idempotency-Key"]) == ("al-9X-Kwaad:ja",) * 2
        assert "X-Kwaad" not in headers
    assert len(receiver.requests) == len(schemes)


async def test_options_in_a_url_cannot_repeat_or_hide(receiver: Any, start: Start) -> None:
    options = ("retry=3&wait=0", "optional=yes", "redirect=yes")
    pipe = await start(*(receiver.url(f"/status/302?{option}") for option in options))
    for number, _ in enumerate(options):
        assert (await pipe.send(recipient=number))["sent"] == "temporary"
        assert len(receiver.requests) == number + 1


async def test_mentions_ring_nobody_in_chat_and_stay_exact_elsewhere(
    receiver: Any, start: Start
) -> None:
    text = "Kop\nhttps://a.example/@everyone\n\n@everyone <!channel> @here"
    pipe = await start(receiver.url("/" + "t" * 26, scheme="mmost"), receiver.url("/"))
    assert (await pipe.send(text=text))["sent"] == "done"
    assert (await pipe.send(text=text, recipient=1))["sent"] == "done"
    chat, program = (json.loads(body) for _, _, body in receiver.requests)
    shown = chat["text"]
    assert not [word for word in ("@everyone", "@here", "<!channel>") if word in shown]
    assert "https://a.example/%40everyone" in shown
    assert program["message"] == text


async def test_a_short_service_keeps_the_link(receiver: Any, start: Start) -> None:
    zin = "\n\n".join(f"Zin {number} {'woord ' * 60}." for number in range(20))
    text = f"Kop\nhttps://a.example/\n\nBron\n\n{zin}\n\nWaarom\n\nMelding al-1"
    pipe = await start(receiver.url("/" + "t" * 26, scheme="mmost"))
    await pipe.send(text=text)
    shown = json.loads(receiver.requests[0][2])["text"]
    assert len(shown) < 4100
    assert "https://a.example/" in shown
    assert shown.rstrip().endswith("Melding al-1")


# --- mail --------------------------------------------------------------------------------------


class Mailbox:
    """Keeps mail; answers as told, at RCPT or after the text."""

    def __init__(self, rcpt: str, end: str) -> None:
        self.rcpt, self.end = rcpt, end
        self.mail: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd looks for
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mail.append(envelope.content)
        if self.end == "drop":
            server.transport.abort()
        return self.end


@pytest.mark.parametrize(
    ("rcpt", "end", "sent", "error"),
    [
        ("250 OK", "250 OK", "done", ""),
        ("550 5.1.1 onbekend", "250 OK", "permanent", "SMTP 550 5.1.1 onbekend"),
        ("451 4.7.1 later", "250 OK", "temporary", "SMTP 451 4.7.1 later"),
        ("250 OK", "552 5.3.4 te groot", "permanent", "SMTP 552 5.3.4 te groot"),
        ("250 OK", "452 4.2.2 vol", "temporary", "SMTP 452 4.2.2 vol"),
        ("250 OK", "drop", "ambiguous", "the connection was closed without an answer"),
    ],
)
async def test_answers_of_a_mail_server(
    start: Start, closed_port: int, rcpt: str, end: str, sent: str, error: str
) -> None:
    mailbox = Mailbox(rcpt, end)
    server = Controller(mailbox, hostname="127.0.0.1", port=closed_port)
    server.start()
    try:
        pipe = await start(f"mailto://127.0.0.1:{closed_port}/?from=w@x.example&to=jan@y.example")
        answer = await pipe.send(title="Één kop", text="<script>alert(1)</script>\n.\nSlot")
    finally:
        server.stop()
    assert (answer["sent"], answer["error"]) == (sent, error)
    if sent == "done":
        mail = mailbox.mail[0].decode()
        assert "X-Alert-Id: al-1" in mail
        assert "Auto-Submitted: auto-generated" in mail
        assert "text/html" not in mail


async def test_a_mail_server_that_repeats_a_secret(
    receiver: Any, start: Start, closed_port: int
) -> None:
    server = Controller(Mailbox(f"550 {CANARY}?", "250 OK"), hostname="127.0.0.1", port=closed_port)
    server.start()
    try:
        mail = (
            f"mailto://127.0.0.1:{closed_port}/?from=w@x.example&to=j@y.example&+X-Sleutel={CANARY}"
        )
        pipe = await start(mail, receiver.url("/status/500"))
        answers = [(await pipe.send(recipient=number))["error"] for number in (0, 1)]
    finally:
        server.stop()
    assert answers == ["SMTP 550 ***?", "HTTP 500"], "and nothing of it in the next answer"


async def test_no_mail_server_is_temporary(start: Start, closed_port: int) -> None:
    pipe = await start(f"mailto://127.0.0.1:{closed_port}/?from=w@x.example&to=jan@y.example")
    answer = await pipe.send()
    assert (answer["sent"], answer["error"]) == ("temporary", "connection refused")


# --- secrets -----------------------------------------------------------------------------------


async def test_secrets_leave_only_towards_the_receiver(
    receiver: Any, start: Start, closed_port: int
) -> None:
    secret = f"u{CANARY}:p{CANARY}@"
    tail = f"/hooks/{CANARY}?+Authorization=Bearer%20{CANARY}&:veld={CANARY}"
    pipe = await start(
        receiver.url(f"/status/404{tail}", user=secret),
        receiver.url(f"/rst{tail}", user=secret),
        f"json://{secret}127.0.0.1:{closed_port}{tail}",
        f"json://{secret}{CANARY}.invalid{tail}",
        f"slack://{CANARY}",
        f"mailto://{secret}127.0.0.1:{closed_port}/?from=w@x.example&to=jan@y.example",
        f"gibtsnicht://{CANARY}",
    )
    for number in range(7):
        answer = await pipe.send(recipient=number)
        assert answer["sent"] != "done"
    for name in ("cmdline", "environ"):
        assert CANARY.encode() not in read(pipe.process.pid, name)
    assert pipe.process.stdin is not None
    pipe.process.stdin.close()
    out, err = await pipe.process.communicate()
    assert (out, err) == (b"", b"")
    assert CANARY.encode() not in pipe.written
    assert CANARY in receiver.requests[0][1]["Authorization"] + receiver.requests[0][2]


async def test_unusable_addresses_are_named_at_the_start(start: Start, receiver: Any) -> None:
    process = (await start()).process
    pipe = Pipe(process)
    assert pipe.process.returncode is None
    other = await start(receiver.url("/"), "slack://onzin", "gibtsnicht://x", "tgram://?x")
    assert json.loads(other.written) == {"ready": [1, 2, 3]}, "a plugin that breaks included"
    answer = await other.send(recipient=1)
    assert (answer["sent"], answer["error"]) == ("permanent", "the address cannot be used")


# --- the end -----------------------------------------------------------------------------------


async def test_it_ends_with_its_input(start: Start) -> None:
    pipe = await start("json://127.0.0.1/")
    pipe.process.stdin.close()
    async with asyncio.timeout(5):
        assert await pipe.process.wait() == 0


async def test_ctrl_c_in_a_terminal_does_not_end_it(receiver: Any, start: Start) -> None:
    pipe = await start(receiver.url("/"))
    pipe.process.send_signal(signal.SIGINT)
    assert (await pipe.send())["sent"] == "done"


async def test_it_dies_with_its_parent_even_while_sending(receiver: Any) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import subprocess, sys, json\n"
        "child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "def ask(value):\n"
        "    child.stdin.write(json.dumps(value).encode() + b'\\n')\n"
        "    child.stdin.flush()\n"
        "    return child.stdout.readline()\n"
        "ask({'urls': [sys.argv[1]], 'timeout': 60})\n"
        "print(child.pid, flush=True)\n"
        "ask({'id': '1', 'recipient': 0, 'title': 't', 'text': 't', 'alert_id': 'a'})\n",
        receiver.url("/never"),
        *COMMAND,
        stdout=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    async with asyncio.timeout(10):
        await receiver.arrived.wait()
        parent.kill()
        await parent.communicate()
        while is_running(child):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


def read(pid: int, name: str) -> bytes:
    """What anybody may see of a process."""
    return Path(f"/proc/{pid}/{name}").read_bytes()


def is_running(pid: int) -> bool:
    """Whether a process lives; one that nobody has collected yet does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False

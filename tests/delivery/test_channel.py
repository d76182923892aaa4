"""Channels: Apprise in its child, the console and a file, as the pipeline uses them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher.delivery.channel import (
    AddressError,
    AppriseChannel,
    ConsoleChannel,
    FileChannel,
    check_url,
)
from watcher.interfaces import Channel
from watcher.model import Claim, Message, RuleInfo, Sent

MakeClaim = Callable[..., Claim]
Open = Callable[..., AppriseChannel]
DUTCH: Any = {"language": "nl", "timezone": "Europe/Amsterdam"}


@pytest.fixture
async def open_channel() -> AsyncIterator[Open]:
    """Channels that are closed at the end."""
    opened: list[AppriseChannel] = []

    def make(*urls: str, deadline: float = 10) -> AppriseChannel:
        channel = AppriseChannel("kanaal", urls, **DUTCH, deadline=timedelta(seconds=deadline))
        opened.append(channel)
        return channel

    yield make
    await asyncio.gather(*(channel.close() for channel in opened))


def exists(pid: int | None) -> bool:
    """Whether a process is there, alive or not collected."""
    return Path(f"/proc/{pid}").exists()


def open_files(pid: int | None) -> list[str]:
    """What a process has open."""
    return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is about to be true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.01)


async def test_a_message_arrives(
    receiver: Any, open_channel: Open, make_claim: MakeClaim, sample: Any
) -> None:
    channel: Channel = open_channel(receiver.url("/hook"))
    message = channel.render(sample.alert, sample.article, sample.match)
    answer = await channel.send(make_claim(channel.recipients[0], message))
    assert answer.sent is Sent.DONE
    body = json.loads(receiver.requests[0][2])
    assert (body["title"], body["message"]) == (message.title, message.text)
    assert receiver.requests[0][1]["X-Alert-Id"] == "al-1"


async def test_hostile_text_arrives(
    receiver: Any,
    open_channel: Open,
    make_claim: MakeClaim,
    sample: Any,
    hostile_texts: tuple[str, ...],
) -> None:
    channel = open_channel(receiver.url("/"), receiver.url("/" + "t" * 26, scheme="mmost"))
    for text in hostile_texts:
        article = replace(sample.article, title=text, text=text, headline_end=0, source=text)
        match = replace(sample.match, rule=RuleInfo(id="r", title=text, why=text))
        message = channel.render(sample.alert, article, match)
        for recipient in channel.recipients:
            answer = await channel.send(make_claim(recipient, message))
            assert (answer.sent, answer.error) == (Sent.DONE, ""), ascii(text[:40])
    assert len(receiver.requests) == 2 * len(hostile_texts)


async def test_each_recipient_gets_its_own(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/een"), receiver.url("/twee"))
    host = f"json://127.0.0.1:{receiver.port}"
    assert channel.recipients == (host, f"{host} #2")
    await channel.send(make_claim(f"{host} #2"))
    assert [path for path, _, _ in receiver.requests] == ["/twee"]


async def test_a_recipient_that_is_gone_is_permanent(
    open_channel: Open, make_claim: MakeClaim
) -> None:
    answer = await open_channel("json://127.0.0.1/").send(make_claim("json://weg"))
    assert answer.sent is Sent.PERMANENT
    assert "json://weg" in answer.error


async def test_retry_after_reaches_the_answer(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/status/429?-Retry-After=90"))
    answer = await channel.send(make_claim(channel.recipients[0]))
    assert (answer.sent, answer.retry_after) == (Sent.TEMPORARY, timedelta(seconds=90))


@pytest.mark.parametrize("path", ["/never", "/drip"])
async def test_a_receiver_without_an_answer_costs_a_child(
    receiver: Any, open_channel: Open, make_claim: MakeClaim, path: str
) -> None:
    channel = open_channel(receiver.url(path), receiver.url("/goed"), deadline=1.2)
    await channel.start()
    first = channel.child_pid
    begun = time.monotonic()
    answer = await channel.send(make_claim(channel.recipients[0]))
    assert time.monotonic() - begun < 2
    assert (answer.sent, answer.error) == (Sent.AMBIGUOUS, "no answer within 1.2 s")
    assert not exists(first)
    assert (await channel.send(make_claim(channel.recipients[1]))).sent is Sent.DONE
    assert channel.child_pid not in {first, None}


async def test_a_hanging_channel_delays_no_other(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    slow, quick = open_channel(receiver.url("/never")), open_channel(receiver.url("/goed"))
    await asyncio.gather(slow.start(), quick.start())
    hanging = asyncio.create_task(slow.send(make_claim(slow.recipients[0])))
    await receiver.arrived.wait()
    async with asyncio.timeout(3):
        for _ in range(20):
            assert (await quick.send(make_claim(quick.recipients[0]))).sent is Sent.DONE
    assert not hanging.done()
    receiver.over.set()
    assert (await hanging).sent is Sent.DONE


async def test_a_child_killed_while_sending_is_ambiguous_and_replaced(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/never"), receiver.url("/goed"))
    sending = asyncio.create_task(channel.send(make_claim(channel.recipients[0])))
    await receiver.arrived.wait()
    assert channel.child_pid is not None
    os.kill(channel.child_pid, signal.SIGKILL)
    answer = await sending
    assert (answer.sent, answer.error) == (
        Sent.AMBIGUOUS,
        "the sending process ended before it answered",
    )
    assert (await channel.send(make_claim(channel.recipients[1]))).sent is Sent.DONE


async def test_a_child_killed_between_two_sends_is_replaced_unnoticed(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/"))
    await channel.start()
    assert channel.child_pid is not None
    os.kill(channel.child_pid, signal.SIGKILL)
    await until(lambda: channel.child_pid is None)
    assert (await channel.send(make_claim(channel.recipients[0]))).sent is Sent.DONE


async def test_a_send_that_is_given_up_leaves_no_answer_for_the_next(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/never"), receiver.url("/status/404"))
    sending = asyncio.create_task(channel.send(make_claim(channel.recipients[0])))
    await receiver.arrived.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert (await channel.send(make_claim(channel.recipients[1]))).error == "HTTP 404"


async def test_a_child_that_cannot_start_is_temporary(
    open_channel: Open, make_claim: MakeClaim, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = open_channel("json://127.0.0.1/")
    for program in ("/bestaat/niet", "/bin/false"):
        monkeypatch.setattr(sys, "executable", program)
        answer = await channel.send(make_claim(channel.recipients[0]))
        assert answer.sent is Sent.TEMPORARY
        assert "could not be started" in answer.error


async def test_a_child_that_starts_too_slowly_is_temporary_and_goes_on_starting(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/"), deadline=0.02)
    answer = await channel.send(make_claim(channel.recipients[0]))
    assert (answer.sent, answer.error) == (
        Sent.TEMPORARY,
        "the sending process was not ready within 0.02 s",
    )
    await until(lambda: channel.child_pid is not None)
    slow = channel.child_pid
    await channel.start()
    assert channel.child_pid == slow
    assert receiver.requests == []


async def test_close_ends_the_child_at_once_even_while_it_hangs(
    receiver: Any, open_channel: Open, make_claim: MakeClaim
) -> None:
    channel = open_channel(receiver.url("/never"))
    sending = asyncio.create_task(channel.send(make_claim(channel.recipients[0])))
    await receiver.arrived.wait()
    pid = channel.child_pid
    begun = time.monotonic()
    await channel.close()
    assert time.monotonic() - begun < 1
    assert not exists(pid)
    assert (await sending).sent is Sent.AMBIGUOUS


async def test_close_before_and_during_the_start(open_channel: Open) -> None:
    await open_channel("json://127.0.0.1/").close()
    channel = open_channel("json://127.0.0.1/")
    starting = asyncio.create_task(channel.start())
    await asyncio.sleep(0)
    await channel.close()
    await asyncio.gather(starting, return_exceptions=True)
    assert channel.child_pid is None


async def test_the_child_has_none_of_our_files(open_channel: Open, tmp_path: Path) -> None:
    channel = open_channel("json://127.0.0.1/")
    with (tmp_path / "ons.db").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        await channel.start()
        files = open_files(channel.child_pid)
    assert files
    assert not [name for name in files if "ons.db" in name]


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "Mogelijk een herhaling"), ("en", "Possible repeat")]
)
async def test_a_possible_repeat_says_so(
    receiver: Any, make_claim: MakeClaim, language: Any, words: str
) -> None:
    channel = AppriseChannel("k", [receiver.url("/")], language=language, timezone="UTC")
    try:
        for repeat in (False, True):
            claim = make_claim(channel.recipients[0], possible_repeat=repeat)
            assert (await channel.send(claim)).sent is Sent.DONE
    finally:
        await channel.close()
    first, second = (json.loads(body)["message"] for _, _, body in receiver.requests)
    assert words not in first
    assert second.splitlines()[0].startswith(words)


def test_apprise_is_not_loaded_by_the_parent() -> None:
    code = "import sys, watcher.delivery.channel; print('apprise' in sys.modules)"
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout == "False\n"


def test_an_address_that_is_no_url_is_refused_without_showing_it() -> None:
    with pytest.raises(AddressError, match="channel piket: address 1") as raised:
        AppriseChannel("piket", ["geheim-token"], **DUTCH)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("json://127.0.0.1/", None),
        ("mailto://u:p@mx.example?to=a@x.example", None),
        ("geheim", "not a URL of the form service://…"),
        ("jsn://geheim", "there is no service called jsn://"),
        ("slack://geheim", "the address is incomplete or wrong for slack://"),
        # Its plugin raises a TypeError.
        ("tgram://?x=geheim", "the address is incomplete or wrong for tgram://"),
    ],
)
def test_check_url(
    url: str, reason: str | None, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    assert check_url(url) == reason
    assert "geheim" not in caplog.text + "".join(capfd.readouterr())


# --- console -----------------------------------------------------------------------------------


async def test_console_shows_what_try_shows(make_claim: MakeClaim, sample: Any) -> None:
    stream = io.StringIO()
    channel: Channel = ConsoleChannel("scherm", **DUTCH, stream=stream)
    message = channel.render(sample.alert, sample.article, sample.match)
    claim = make_claim("console", message, possible_repeat=True)
    assert (await channel.send(claim)).sent is Sent.DONE
    shown = stream.getvalue()
    rule, first, *_ = shown.splitlines()
    assert set(rule) == {"-"}
    assert first.startswith("Mogelijk een herhaling")
    assert "!! Bestand Oekraïne: " in shown
    assert "»staakt-het-vuren«" in shown


async def test_console_in_color_and_on_a_narrow_encoding(make_claim: MakeClaim) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    channel = ConsoleChannel("scherm", **DUTCH, stream=stream, color=True)
    await channel.send(make_claim("console", Message(title="t", text="Een »hit« – één")))
    assert raw.getvalue().partition(b"\n")[2] == b"Een \x1b[1;7mhit\x1b[0m ? ??n\n\n"


async def test_console_that_is_gone_is_temporary(make_claim: MakeClaim) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    channel = ConsoleChannel("scherm", **DUTCH, stream=stream)
    answer = await channel.send(make_claim("console"))
    assert (answer.sent, answer.error) == (Sent.TEMPORARY, "Broken pipe")
    with pytest.raises(BrokenPipeError):
        stream.close()
    assert (await channel.send(make_claim("console"))).sent is Sent.TEMPORARY


# --- file --------------------------------------------------------------------------------------


async def test_file_gets_a_line_an_alert(tmp_path: Path, make_claim: MakeClaim) -> None:
    path = tmp_path / "alerts.jsonl"
    channel: Channel = FileChannel("bestand", path, **DUTCH)
    for title in ("Één", "Twee"):
        claim = make_claim("alerts.jsonl", Message(title=title, text="a\nb"))
        assert (await channel.send(claim)).sent is Sent.DONE
    assert channel.recipients == ("alerts.jsonl",)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [
        {"alert": "al-1", "title": title, "text": "a\nb", "at": "2025-12-12T17:26:00+00:00"}
        for title in ("Één", "Twee")
    ]


async def test_a_torn_line_spoils_no_other(tmp_path: Path, make_claim: MakeClaim) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"alert": "al-0", "ti')
    await FileChannel("bestand", path, **DUTCH).send(make_claim("alerts.jsonl"))
    assert json.loads(path.read_text().splitlines()[1])["alert"] == "al-1"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/full", "No space left on device"),
        ("/bestaat/niet/alerts.jsonl", "No such file or directory"),
        ("/", "Is a directory"),
    ],
)
async def test_a_file_that_takes_nothing_is_temporary(
    make_claim: MakeClaim, path: str, reason: str
) -> None:
    channel = FileChannel("bestand", Path(path), **DUTCH)
    answer = await channel.send(make_claim(channel.recipients[0]))
    assert (answer.sent, answer.error) == (Sent.TEMPORARY, reason)

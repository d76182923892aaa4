"""A full or failing disk under the real process: strace makes the calls fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import Daemon, Home, Loopback, article, wait_until
from oracle import judge, received

NAMES = ["een", "twee", "drie"]


def _can_trace() -> bool:
    """Whether strace is here and may inject faults (containers often forbid it)."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return False
    probe = ["strace", "-qq", "-o", os.devnull, "-e", "inject=getppid:error=EPERM", "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not _can_trace(), reason="strace is not here, or may not trace")


def start(home: Home, fault: str) -> Daemon:
    """The daemon under strace, which injects faults into calls on the store's files only."""
    paths = [f"{home.database}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
    files = [word for path in paths for word in ("-P", path)]
    # -D: the daemon stays our child, and strace may be ended without it.
    tracer = ["strace", "-D", "-f", "-qq", "-I2", "-o", os.devnull, *files, "-e", f"inject={fault}"]
    return home.start(*tracer, ready=False)


def heal(daemon: Daemon) -> None:
    """End the tracer: from here on the disk is well."""
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    (tracer,) = (int(line.split()[1]) for line in status.splitlines() if "TracerPid" in line)
    assert tracer
    os.kill(tracer, signal.SIGTERM)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("pwrite64:error=ENOSPC:when=40", id="full-at-the-start"),
        pytest.param("pwrite64:error=ENOSPC:when=140..150", id="full-for-a-moment"),
        pytest.param("fdatasync,fsync:error=EIO:when=12..14", id="sync-fails-for-a-moment"),
    ],
)
def test_a_disk_that_fails_for_a_moment_loses_nothing(
    home: Home, loopback: Loopback, fault: str
) -> None:
    survive(home, loopback, fault)


@pytest.mark.soak
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
@pytest.mark.parametrize("number", range(1, 16))
def test_a_disk_that_fails_at_any_call_loses_nothing(
    home: Home, loopback: Loopback, call: str, error: str, number: int
) -> None:
    first = number if call == "fdatasync" else number * 15
    survive(home, loopback, f"{call}:error={error}:when={first}..{first + 2}")


def survive(home: Home, loopback: Loopback, fault: str) -> None:
    """Three files under a fault: everything arrives in the end."""
    home.standard(loopback)
    for name in NAMES:
        home.drop(f"{name}.txt", article(name))
    daemon = start(home, fault)

    def is_over() -> bool:
        rows = home.rows("SELECT COUNT(*) FROM delivery WHERE state = 'done'")
        return rows == [(len(NAMES),)] and not home.left()

    wait_until(lambda: is_over() or daemon.process.poll() is not None, "all, or an end")
    if daemon.process.poll() is not None:
        # It could not even start: told in a sentence, and systemd starts it again.
        assert daemon.process.poll() == 69
        assert "Traceback" not in daemon.log.read_text()
        daemon = home.start()
        wait_until(is_over, "all after another start")
    found = judge(home, received(loopback, "piket", "piket"), expected=NAMES, ambiguous=3)
    assert found.wrong == []
    assert "Traceback" not in daemon.log.read_text()
    assert daemon.stop() == 0


def test_a_full_disk_holds_everything_until_there_is_room(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    assert home.run("run", "--once").returncode == 0  # so that a store is there
    daemon = start(home, "pwrite64,pwritev,ftruncate:error=ENOSPC:when=45+")
    names = [f"vol{number}" for number in range(30)]
    for name in names:
        home.drop(f"{name}.txt", article(name))
    wait_until(
        lambda: daemon.says("disk is full") or daemon.process.poll() is not None, "the full disk"
    )
    assert daemon.process.poll() is None, daemon.log.read_text()
    heal(daemon)
    wait_until(
        lambda: (
            len(home.rows("SELECT id FROM delivery")) == 30
            and not home.undelivered()
            and not home.left()
        ),
        "all deliveries",
    )
    found = judge(home, received(loopback, "piket", "piket"), expected=names, ambiguous=3)
    assert found.wrong == []
    assert daemon.stop() == 0

"""The real daemon and everything that a stranger can put into its drop folder."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Daemon, Home, Loopback, article, block, rss, wait_until

GOOD = [f"goed{number}" for number in range(12)]


def _hard_link(path: Path) -> None:
    os.link(path.parent.parent / "outside" / "geheim", path)


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**10)


def _socket(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "erin.txt").write_text(article("in-een-map"))


#: How each is made, and what its reason says; those of the second table stay where they are.
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "koppeling.txt": (lambda path: path.symlink_to("../outside/geheim"), "a symbolic link"),
    "map-koppeling": (lambda path: path.symlink_to("../outside"), "a symbolic link"),
    "lus.txt": (lambda path: path.symlink_to("lus.txt"), "a symbolic link"),
    "pijp.txt": (lambda path: os.mkfifo(path), "a named pipe"),
    "contact.txt": (_socket, "a socket"),
    "hard.txt": (_hard_link, "second name"),
    "gaten.txt": (_sparse, "10,000,000,000 bytes"),
    "leeg.txt": (lambda path: path.touch(), "the file is empty"),
    "wit.txt": (lambda path: path.write_text(" \n\n"), "empty"),
    "binair.txt": (lambda path: path.write_bytes(bytes(range(9)) * 99), "not text"),
}
STAYS: dict[str, tuple[Callable[[Path], object], str]] = {
    "submap": (_folder, "files in folders are not read"),
}


def drop_everything(home: Home) -> None:
    """Good files with odd names between all that is refused."""
    (home.folder / "outside" / "geheim").write_text(article("geheim"))
    for name, (make, _) in {**REFUSED, **STAYS}.items():
        make(home.drop_folder / name)
    names = ["-rf *", "caf\udce9", "een\nregel", "weg\x1b[2J", "om\u202egekeerd", "n" * 240]
    for number, good in enumerate(GOOD):
        odd = names[number] if number < len(names) else good
        home.drop(f"{odd}.txt", article(good))


def reasons(home: Home) -> dict[str, str]:
    return {one["document"]: one["reason"] for one in home.json("status")["quarantine"]}


def all_told(home: Home, loopback: Loopback) -> bool:
    texts = loopback.texts("piket")
    return all(f"Bericht {name} over" in texts for name in GOOD) and len(reasons(home)) >= len(
        REFUSED
    ) + len(STAYS)


def lines(daemon: Daemon) -> int:
    return len(daemon.log.read_text(errors="replace").splitlines())


def error_of_folder(home: Home) -> str:
    (error,) = (one["error"] for one in home.json("status")["sources"] if one["name"] == "map")
    return error or ""


def polls(home: Home) -> int:
    """How often somebody began to poll the folder."""
    ((count,),) = home.rows("SELECT token FROM lane WHERE kind = 'folder'")
    return int(count)


def test_bad_files_hide_no_good_ones_and_each_has_its_reason(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    drop_everything(home)
    daemon = home.start()
    wait_until(lambda: all_told(home, loopback), "all good files and all reasons")
    wait_until(lambda: not home.left(), "an empty folder")
    assert "geheim" not in loopback.texts("piket")
    assert "in-een-map" not in loopback.texts("piket")
    told, failed = reasons(home), home.drop_folder / "failed"
    for name, (_, reason) in REFUSED.items():
        assert reason in told[name]
        assert (failed / f"{name}.reason.txt").read_text() == f"{told[name]}\n"
        assert os.path.lexists(failed / name)
    for name, (_, reason) in STAYS.items():
        assert reason in told[name]
        assert (home.drop_folder / name).is_dir()
    assert os.readlink(failed / "koppeling.txt") == "../outside/geheim"
    assert (home.folder / "outside" / "geheim").read_text() == article("geheim")
    assert len(list((home.drop_folder / "done").iterdir())) == len(GOOD)
    assert daemon.process.poll() is None
    assert daemon.stop() == 0


@pytest.mark.parametrize("after", ["keep", "move", "delete"])
def test_files_that_stay_do_not_make_the_daemon_spin(
    home: Home, loopback: Loopback, after: str
) -> None:
    """Kept as configured, or because something lies in the way of done/ and failed/."""
    clock = loopback.feed("klok", lambda _: (200, {}, rss(())))
    home.config(
        block("source", name="map", type="folder", path="drop", settle="50ms", after=after),
        block("source", name="klok", type="feed", url=clock, every="1s"),
        block("channel", name="piket", url=loopback.hook("piket")),
        block("route", to=["piket"]),
    )
    if after != "keep":
        home.drop("done", article("done"))
        (home.drop_folder / "failed").symlink_to("../outside")
    drop_everything(home)
    daemon = home.start()
    wait_until(lambda: all_told(home, loopback), "all good files and all reasons")
    outside = sorted(one.name for one in (home.folder / "outside").iterdir())
    assert outside == ["geheim"]
    home.drop("later.txt", article("later"))
    wait_until(lambda: "Bericht later over" in loopback.texts("piket"), "the later file")
    # A feed that is asked every second says how long nothing has been dropped.
    asked = len(loopback.got("/klok"))
    wait_until(lambda: len(loopback.got("/klok")) > asked + 1, "the end of that poll")
    before, written, quarantined = polls(home), lines(daemon), reasons(home)
    wait_until(lambda: len(loopback.got("/klok")) > asked + 4, "seconds in which nothing comes")
    # One more is the folder's own minute.
    assert polls(home) - before <= 1
    assert lines(daemon) - written <= 1
    assert reasons(home) == quarantined
    assert daemon.process.poll() is None
    texts = [one.text for one in loopback.hooked("piket")]
    assert {name: sum(f"Bericht {name} over" in one for one in texts) for name in GOOD} == (
        dict.fromkeys(GOOD, 1)
    )
    if after != "keep":
        assert "cannot leave the folder" in error_of_folder(home)


def test_the_same_name_with_another_text_keeps_both(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    home.start()
    done = home.drop_folder / "done"
    for number, name in enumerate(("eerste", "tweede"), start=1):
        home.drop("zelfde.txt", article(name))
        wait_until(lambda n=name: f"Bericht {n} over" in loopback.texts("piket"), name)
        wait_until(lambda n=number: done.exists() and len(os.listdir(done)) == n, "done/")
    found = [(done / name).read_text() for name in ("zelfde.txt", "zelfde.2.txt")]
    assert found == [article("eerste"), article("tweede")]


def test_a_drop_folder_that_is_a_link_is_an_error_until_it_is_a_folder(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    home.drop_folder.rmdir()
    home.drop_folder.symlink_to("outside")
    (home.folder / "outside" / "een.txt").write_text(article("buiten"))
    home.start()
    wait_until(lambda: "it is a link or a file" in error_of_folder(home), "the error")
    assert os.listdir(home.folder / "outside") == ["een.txt"]
    home.drop_folder.unlink()
    home.drop_folder.mkdir()
    home.drop("twee.txt", article("binnen"))
    wait_until(lambda: "Bericht binnen over" in loopback.texts("piket"), "the alert")
    assert "buiten" not in loopback.texts("piket")
    wait_until(lambda: not error_of_folder(home), "no error any more")


@pytest.mark.soak
def test_a_file_that_comes_while_thousands_wait_is_told_soon(
    home: Home, loopback: Loopback
) -> None:
    count = 100_000
    home.standard(loopback)
    for number in range(count):
        path = home.drop_folder / f"{number:06}.txt"
        path.write_text(f"Bericht {number}\n\nEr is in plaats {number} niets gebeurd.\n")
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    (home.drop_folder / "000000.txt").write_text(article("oudste"))
    os.utime(home.drop_folder / "000000.txt", (1_600_000_000, 1_600_000_000))
    started = time.monotonic()
    daemon = home.start()
    wait_until(lambda: "Bericht oudste over" in loopback.texts("piket"), "the oldest file")
    print(f"the oldest of {count} files was told after {time.monotonic() - started:.1f} s")
    for name in ("nieuw1", "nieuw2", "nieuw3"):
        dropped = time.monotonic()
        home.drop(f"{name}.txt", article(name))
        wait_until(lambda n=name: f"Bericht {n} over" in loopback.texts("piket"), name)
        print(f"{name} was told after {time.monotonic() - dropped:.1f} s")
    assert home.left(), "all was read before the new files were dropped"
    wait_until(lambda: not home.left(), "an empty folder", deadline_s=3600, every_s=2)
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"all were read after {time.monotonic() - started:.0f} s; {int(peak) // 1000} MB at most")
    ((articles,),) = home.rows("SELECT COUNT(*) FROM article")
    assert articles == count + 3

"""Every kind of thing that can lie in a drop folder: what is said of it, and where it ends up."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Drop

TEXT = b"Embargo op olie\n\nHet kabinet overweegt een embargo, zei de minister vrijdag.\n"
SECRET = "nergens buiten de map wordt iets geopend"

LINK = "this is a symbolic link, not a file, and links are not followed: drop the file itself"
HARD = (
    "this file has a second name (a hard link), under which it may still change: drop a copy of it"
)
UNFINISHED = (
    "its name says that it is unfinished, and has for 0 minutes: rename it when it is complete, "
    "or remove it"
)
FOLDER = (
    "this is a folder, and files in folders are not read: move them up into the drop folder, or "
    "give the folder a source of its own"
)


def no_file(kind: str) -> str:
    return f"this is no ordinary file but {kind}: drop a file with the text"


def too_large(size: str) -> str:
    return (
        f"the file has {size} bytes; at most 100,000 are read: "
        "divide it, or raise max_bytes in [fetch]"
    )


def write(content: bytes = TEXT) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def link_to(target: str) -> Callable[[Path], object]:
    """A symbolic link; ``{outside}`` is a folder beside the drop folder."""
    return lambda path: path.symlink_to(target.format(outside=path.parent.parent / "outside"))


def hard_link_outside(path: Path) -> None:
    os.link(path.parent.parent / "outside" / "geheim.txt", path)


def hard_link_inside(path: Path) -> None:
    path.write_bytes(TEXT)
    os.link(path, path.with_name("tweede naam.txt"))


def sparse(size: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.touch()
        os.truncate(path, size)

    return make


def dated(seconds: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.write_bytes(TEXT)
        os.utime(path, (seconds, seconds))

    return make


def bind(path: Path) -> None:
    # A socket's address is short; a test's path need not be.
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def device(kind: int, number: int) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        try:
            os.mknod(path, kind | 0o666, os.makedev(1, number))
        except PermissionError:
            pytest.skip("only root makes devices")

    return make


def folder(path: Path) -> None:
    path.mkdir()
    (path / "erin.txt").write_bytes(TEXT)


@dataclass(frozen=True)
class Kind:
    """What to make; the reason that is shown (None: it is read); whether it stays in any case."""

    make: Callable[[Path], object]
    reason: str | None = None
    stays: bool = False
    name: bytes = b"een.txt"


KINDS = {
    "regular": Kind(write()),
    "windows-1252": Kind(write(TEXT + "\nCaf\u00e9 \u20ac".encode("cp1252"))),
    "utf-16": Kind(write(TEXT.decode().encode("utf-16"))),
    "mtime-in-the-future": Kind(dated(4_000_000_000)),
    "mtime-1970": Kind(dated(0)),
    "mtime-before-1970": Kind(dated(-100_000)),
    "empty": Kind(write(b""), "the file is empty"),
    "only-blanks": Kind(write(b" \n\t\r\n "), "the document is empty"),
    "only-no-break-spaces": Kind(write("\u00a0\n".encode()), "there is no text in the document"),
    "binary": Kind(
        write(bytes(range(9)) * 99), "this is not text: it is full of control characters"
    ),
    "sparse": Kind(sparse(90_000), "the document is empty"),
    "sparse-10-GB": Kind(sparse(10**10), too_large("10,000,000,000")),
    "too-large": Kind(write(b"x" * 100_001), too_large("100,001")),
    "link-to-a-file": Kind(link_to("{outside}/geheim.txt"), LINK),
    "link-to-a-folder": Kind(link_to("{outside}"), LINK),
    "link-to-the-drop-folder": Kind(link_to("."), LINK),
    "dangling-link": Kind(link_to("bestaat-niet"), LINK),
    "link-loop": Kind(link_to("een.txt"), LINK),
    "fifo": Kind(os.mkfifo, no_file("a named pipe")),
    "socket": Kind(bind, no_file("a socket")),
    "character-device": Kind(device(stat.S_IFCHR, 3), no_file("a device")),
    "block-device": Kind(device(stat.S_IFBLK, 0), no_file("a device")),
    "hard-link-outside": Kind(hard_link_outside, HARD),
    "hard-link-inside": Kind(hard_link_inside, HARD),
    "folder": Kind(folder, FOLDER, stays=True),
    "folder-named-like-a-text": Kind(folder, FOLDER, stays=True, name=b"stuk.xml"),
    "part": Kind(write(), UNFINISHED, stays=True, name=b"een.txt.part"),
    "part-in-capitals": Kind(write(), UNFINISHED, stays=True, name=b"EEN.PART"),
    "tmp": Kind(write(), UNFINISHED, stays=True, name=b"een.tmp"),
    "browser": Kind(write(), UNFINISHED, stays=True, name=b"een.txt.crdownload"),
    "editor-backup": Kind(write(), UNFINISHED, stays=True, name=b"een.txt~"),
    "editor-autosave": Kind(write(), UNFINISHED, stays=True, name=b"#een.txt#"),
    "editor-swap": Kind(write(), UNFINISHED, stays=True, name=b"een.txt.swp"),
    "office-lock": Kind(write(), UNFINISHED, stays=True, name=b"~$een.docx"),
    "name-not-utf-8": Kind(write(), name=b"caf\xe9.txt"),
    "name-with-newline": Kind(write(), name=b"een\n2026-03-02 ERROR watcher: stuk.txt"),
    "name-with-escapes": Kind(write(), name=b"een\x1b[2J\x07.txt"),
    "name-with-direction": Kind(write(), name="een\u202etxt.exe".encode()),
    "name-of-255-bytes": Kind(write(), name=b"n" * 255),
    "name-with-leading-dash": Kind(write(), name=b"-rf *.txt"),
    "name-with-blanks": Kind(write(), name=b" een . txt "),
    "name-of-a-reason": Kind(write(), name=b"een.txt.reason.txt"),
    "refused-name-not-utf-8": Kind(write(b""), "the file is empty", name=b"caf\xe9.txt"),
    "refused-name-of-255-bytes": Kind(write(b""), "the file is empty", name=b"n" * 255),
    "refused-name-of-letters": Kind(write(b""), "the file is empty", name="é".encode() * 127),
}
#: Nobody is told of these: hidden names are nobody's document.
HIDDEN = (b".een.txt", b".een.txt.swp", b".een.txt.Xy3q", b".leaving")


@pytest.fixture
def outside(drop: Drop) -> Path:
    """A folder beside the drop folder, with something that nobody may touch."""
    path = drop.path.parent / "outside"
    path.mkdir()
    (path / "geheim.txt").write_text(SECRET)
    return path


def everything(path: Path) -> dict[bytes, bytes]:
    """All that is below, with its content or what it links to."""
    found: dict[bytes, bytes] = {}
    for top, folders, files in os.walk(os.fsencode(path)):
        for name in [*folders, *files]:
            where = os.path.join(top, name)
            status = os.lstat(where)
            content = b"(%o)" % stat.S_IFMT(status.st_mode)
            if stat.S_ISLNK(status.st_mode):
                content = b"-> " + os.readlink(where)
            elif stat.S_ISREG(status.st_mode) and status.st_size < 10**6:
                with open(where, "rb") as file:
                    content = file.read()
            found[os.path.relpath(where, os.fsencode(path))] = content
    return found


def expected(kind: Kind, after: str, before: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """What is in the drop folder when it is dealt with."""
    if after == "keep" or kind.stays:
        return before
    if kind.reason is None:
        return {} if after == "delete" else {b"done/" + name: it for name, it in before.items()}
    found: dict[bytes, bytes] = {}
    for name, content in before.items():
        end = b"" if len(name) + len(b".reason.txt") > 255 else name
        found[b"failed/" + end] = content
        found[b"failed/" + end + b".reason.txt"] = f"{kind.reason}\n".encode()
    return found


@pytest.mark.parametrize("after", ["move", "keep", "delete"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_every_kind_is_read_or_refused_and_ends_up_somewhere(
    drop: Drop, outside: Path, kind: Kind, after: str
) -> None:
    path = drop.path / os.fsdecode(kind.name)
    kind.make(path)
    before, elsewhere = everything(drop.path), everything(outside)
    source = drop.source(settle_s=0, after=after, max_bytes=100_000, patience=timedelta())
    told = await drop.digest(source)
    assert set(told.values()) == {kind.reason}
    assert all(name.isprintable() for name in told)
    left = everything(drop.path)
    left = {name: it for name, it in left.items() if name not in (b"done", b"failed")}
    wanted = expected(kind, after, before)
    if b"failed/" in wanted:
        # Names too long for ".reason.txt" are cut, and both stay together.
        (reason,) = (name for name in left if name.endswith(b".reason.txt"))
        kept = reason.removesuffix(b".reason.txt")
        assert kind.name.startswith(kept.removeprefix(b"failed/"))
        kept.decode()
        wanted = {kept + name.removeprefix(b"failed/"): it for name, it in wanted.items()}
    assert left == wanted
    assert everything(outside) == elsewhere
    assert await drop.digest(source) == {}


def test_there_are_at_least_twenty_five_kinds() -> None:
    assert len({(one.reason, one.name) for one in KINDS.values()}) >= 25


@pytest.mark.parametrize("name", HIDDEN)
async def test_hidden_names_wait_in_silence(drop: Drop, name: bytes) -> None:
    drop.put(name)
    assert await drop.digest(drop.source(settle_s=0, patience=timedelta())) == {}
    assert drop.names() == [name]


async def test_ten_sparse_gigabytes_are_not_read(drop: Drop) -> None:
    sparse(10**10)(drop.path / "gaten.txt")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await drop.digest(drop.source(settle_s=0))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 100_000  # kB


def make_all(folder: Path) -> None:
    """One of every kind that this user can make, under names of their own."""
    for number, kind in enumerate(KINDS.values()):
        name = kind.name if kind.name != b"een.txt" else b"%d.txt" % number
        path = folder / os.fsdecode(name)
        if not os.path.lexists(path):
            with contextlib.suppress(pytest.skip.Exception):
                kind.make(path)


async def test_all_kinds_at_once_hide_no_good_file(drop: Drop, outside: Path) -> None:
    make_all(drop.path)
    for number in range(20):
        drop.put(f"goed-{number:02}.txt", TEXT + b"%d" % number)
    told = await drop.digest(drop.source(settle_s=0, max_bytes=100_000))
    good = {name: why for name, why in told.items() if name.startswith("goed")}
    assert good == {f"goed-{number:02}.txt": None for number in range(20)}
    assert len(told) > 50


async def test_a_text_under_a_second_name_goes_to_done_too(drop: Drop) -> None:
    drop.put("een.txt", TEXT)
    drop.put("nog eens.txt", TEXT)
    assert await drop.digest(drop.source(settle_s=0)) == {"een.txt": None, "nog eens.txt": None}
    assert drop.names("done") == [b"een.txt", b"nog eens.txt"]


@pytest.mark.parametrize("bodies", [(b"een", b"twee", b"drie"), (b"een", b"een", b"een")])
async def test_the_same_name_again_keeps_all_files(drop: Drop, bodies: tuple[bytes, ...]) -> None:
    source = drop.source(settle_s=0)
    for body in bodies:
        drop.put("zelfde.txt", body)
        await drop.take(source)
    found = everything(drop.path / "done")
    assert found == dict(
        zip((b"zelfde.txt", b"zelfde.2.txt", b"zelfde.3.txt"), bodies, strict=True)
    )


async def test_the_same_bad_name_again_keeps_all_files_and_reasons(drop: Drop) -> None:
    source = drop.source(settle_s=0)
    for _ in range(2):
        drop.put("leeg.txt", b"")
        await drop.take(source)
    assert drop.names("failed") == [
        b"leeg.2.txt", b"leeg.2.txt.reason.txt", b"leeg.txt", b"leeg.txt.reason.txt",
    ]  # fmt: skip


async def test_a_folder_in_done_with_the_files_name_stays(drop: Drop) -> None:
    (drop.path / "done" / "een.txt").mkdir(parents=True)
    drop.put("een.txt")
    await drop.take(drop.source(settle_s=0))
    assert drop.names("done") == [b"een.2.txt"]


async def test_a_reason_that_is_there_already_is_not_ours_to_overwrite(drop: Drop) -> None:
    (drop.path / "failed").mkdir()
    (drop.path / "failed" / "leeg.txt.reason.txt").write_text("van iemand anders")
    drop.put("leeg.txt", b"")
    await drop.take(drop.source(settle_s=0))
    found = everything(drop.path / "failed")
    assert found[b"leeg.txt.reason.txt"] == b"van iemand anders"
    assert found[b"leeg.2.txt.reason.txt"] == b"the file is empty\n"
    assert b"leeg.txt" not in found


async def test_a_name_that_was_used_thousands_of_times_is_numbered_at_once(drop: Drop) -> None:
    """A file that comes every minute under the same name has 500,000 namesakes in a year."""
    done = drop.path / "done"
    done.mkdir()
    (done / "laatste.txt").touch()
    for number in range(2, 3001):
        (done / f"laatste.{number}.txt").touch()
    source = drop.source(settle_s=0)
    for number in range(50):
        drop.put("laatste.txt", b"%d" % number)
        await drop.take(source)
    assert (done / "laatste.3050.txt").read_bytes() == b"49"

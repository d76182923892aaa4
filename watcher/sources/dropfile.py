"""One dropped file: told apart from everything that only looks like one, and read."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from watcher.errors import UnreadableDocument

#: Flags for the drop folder itself and the folders in it. Whoever may rename things there may
#: have put a link in their place.
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
#: The machine is in trouble, not the file: every other file would be refused as well.
_MACHINE = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))
#: Something else has the name by now (a link, a socket), or its writer holds a lease on it.
_CHANGED = frozenset((errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EAGAIN, errno.ESTALE))
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A file as one look saw it; it is the same file as long as this is the same."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Look:
        """The look that a stat call was."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @classmethod
    def at(cls, folder: int, name: bytes) -> Look:
        """Look at a name in an open folder, not at what it may link to. Raises `OSError`."""
        return cls.of(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def has_content_of(self, other: Look) -> bool:
        """Whether this is that file, unchanged, though it may have been renamed meanwhile.

        Renaming changes the ctime, and under a hard link that of the other name too.
        """
        mine = (self.inode, self.size, self.mtime_ns)
        return mine == (other.inode, other.size, other.mtime_ns)


def read_file(folder: int, name: bytes, look: Look, *, max_bytes: int) -> bytes | None:
    """The file's bytes; None when it is not, or no longer, the file that was looked at.

    Raises `UnreadableDocument` for what is no plain file of a decent size, and `OSError` where
    the machine can open no file at all.
    """
    try:
        # Looked at once more before it is opened: opening a device or a pipe acts on it.
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if Look.of(status) != look:
            return None
        _check(status, max_bytes)
        handle = os.open(name, _FILE_FLAGS, dir_fd=folder)
    except OSError as error:
        if error.errno in _MACHINE:
            raise
        if error.errno in _CHANGED:
            return None
        raise UnreadableDocument(
            f"the file cannot be opened ({error.strerror}): let the daemon's user read it, "
            "and drop it again"
        ) from None
    try:
        return read_open(handle, look, max_bytes=max_bytes)
    finally:
        os.close(handle)


def read_open(handle: int, look: Look, *, max_bytes: int) -> bytes | None:
    """The same for a file that is open already: None unless it stays as it was looked at."""
    if Look.of(os.fstat(handle)) != look:
        return None
    try:
        body = _read_all(handle, max_bytes)
    except OSError as error:
        raise UnreadableDocument(
            f"the file cannot be read to its end ({error.strerror}): check the disk or the "
            "share that it lies on, and drop it again"
        ) from None
    status = os.fstat(handle)
    _check(status, max_bytes)
    return body if Look.of(status) == look and len(body) == look.size else None


def _check(status: os.stat_result, max_bytes: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise UnreadableDocument(
            "this is a symbolic link, not a file, and links are not followed: drop the file itself"
        )
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise UnreadableDocument(f"this is no ordinary file but {kind}: drop a file with the text")
    if status.st_nlink > 1:
        raise UnreadableDocument(
            "this file has a second name (a hard link), under which it may still change: "
            "drop a copy of it"
        )
    if status.st_size == 0:
        raise UnreadableDocument("the file is empty")
    if status.st_size > max_bytes:
        raise UnreadableDocument(
            f"the file has {status.st_size:,} bytes; at most {max_bytes:,} are read: "
            "divide it, or raise max_bytes in [fetch]"
        )


def _read_all(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := os.read(handle, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def shown_name(name: bytes) -> str:
    """A file's name for people and the store: undecodable bytes as \\xNN."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )

"""Renaming a file so that nothing is overwritten, which POSIX has no call for."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable

_NOREPLACE = 1
#: The kernel or the file system (NFS, for one) has no such rename.
_UNKNOWN = frozenset((errno.ENOSYS, errno.EINVAL, errno.ENOTSUP))
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def _find_renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Linux's own call, where there is one."""
    try:
        found = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    found.argtypes = (
        ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint,
    )  # fmt: skip
    found.restype = ctypes.c_int
    call: Callable[[int, bytes, int, bytes, int], int] = found
    return call


_renameat2 = _find_renameat2()


def rename_to_free(folder: int, name: bytes, place: int, target: bytes) -> None:
    """Rename a file of one open folder to a name of another that nothing has yet.

    Raises `FileExistsError` where something has it, and `OSError` like os.rename.
    """
    if _renameat2 is not None:
        if _renameat2(folder, name, place, target, _NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in _UNKNOWN:
            raise OSError(number, os.strerror(number))
    rename_in_two_steps(folder, name, place, target)


def rename_in_two_steps(folder: int, name: bytes, place: int, target: bytes) -> None:
    """The same in two steps: an empty file of ours takes the name first.

    A process that is killed between the two leaves the empty file behind, and the next one moves
    the file to another name: hence only where there is no better way.
    """
    os.close(os.open(target, _CREATE_FLAGS, 0o600, dir_fd=place))
    try:
        os.rename(name, target, src_dir_fd=folder, dst_dir_fd=place)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(target, dir_fd=place)
        raise

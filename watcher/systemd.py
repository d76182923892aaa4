"""What systemd is told (sd_notify(3)): ready, reloading, stopping, alive."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(*lines: str) -> None:
    """Send these lines to systemd, if it listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection,
    ):
        connection.connect("\0" + address[1:] if address.startswith("@") else address)
        connection.sendall("\n".join(lines).encode())

"""The command `watcher`."""

from __future__ import annotations

from watcher.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()

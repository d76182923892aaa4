"""The real process in a folder of its own, and the loopback server that it talks to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import Home, Loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A feed server and receiver that lives as long as the test."""
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[[str], Home]]:
    """Folders for processes, which all end with the test."""
    homes: list[Home] = []

    def make(name: str) -> Home:
        homes.append(Home(tmp_path / name))
        return homes[-1]

    yield make
    for home in homes:
        home.stop_all()


@pytest.fixture
def home(make_home: Callable[[str], Home]) -> Home:
    """A folder for one process."""
    return make_home("home")

"""Fixtures for every test: the shared material, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: Rule files with mistakes, for the loader's tests.
collect_ignore_glob = ["*.yaml", "*/*.yaml", "*/*/*.yaml"]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real material that is not part of the project; tests that need it skip without it."""
    path = Path(os.environ.get("WATCHER_SHARED", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"no shared material at {path} (set WATCHER_SHARED)")
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long runs only with `make soak`."""
    if os.environ.get("WATCHER_SOAK"):
        return
    skip = pytest.mark.skip(reason="a long run: make soak")
    for item in items:
        if "soak" in item.keywords:
            item.add_marker(skip)

"""Log lines have no secret, whoever writes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from watcher.log import hide, start_logging


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_secret_is_in_no_line_and_no_traceback(
    style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging(style)
    hide(['kanarie"geheim', "kort"])
    try:
        raise RuntimeError('cannot send to kanarie"geheim')
    except RuntimeError:
        logging.getLogger("bibliotheek").exception("%s of kort", 'KANARIE"GEHEIM')
    said = capsys.readouterr().err
    assert "geheim" not in said.lower()
    assert "cannot send to ***" in said
    assert "*** of kort" in said, "short secrets are words that any line may have"
    if style == "json":
        assert "cannot send" in json.loads(said)["traceback"]

"""The files around a configuration: rules, and the documents that their tests name; light."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from watcher.config import Config
from watcher.model import Article, Document


def rule_roots(config: Config) -> tuple[Path, ...]:
    """The folders that `file:` tests may name documents in, after the rule file's own."""
    return config.path(config.watcher.rules), config.folder


def find_test_document(path: str, rule_file: str, *, roots: Sequence[Path]) -> Path | None:
    """The document that a `file:` test names, or None without such a file.

    The path belongs to the rule file's folder, or to one of the roots.
    """
    folders = [root / Path(rule_file).parent for root in roots[:1]]
    files = (folder / path for folder in [Path(rule_file).parent, *folders, *roots])
    return next((file for file in files if file.is_file()), None)


def read_test_document(
    path: str, rule_file: str, *, roots: Sequence[Path]
) -> Sequence[Article] | None:
    """The articles of that document, or None without such a file."""
    file = find_test_document(path, rule_file, roots=roots)
    if file is None:
        return None
    # Readers of every format take most of the time that a check takes, and few tests name files.
    from watcher.articles.extract import extract

    return extract(read_document(file, source="test")).articles


def read_document(path: Path, *, source: str) -> Document:
    """A file as a document, captured at its mtime. Raises OSError."""
    captured = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    return Document(
        source=source,
        name=path.name,
        body=path.read_bytes(),
        seen=datetime.now(UTC),
        captured=captured,
    )


def shown_path(path: Path) -> str:
    """A path as people name it: from the working folder where it lies under that."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.path.normpath(path)

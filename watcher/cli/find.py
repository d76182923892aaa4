"""Finds an article of the archive by what a person has of it: its link, its text, its headline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from urllib.parse import urlsplit

from watcher import dedup
from watcher.interfaces import Store
from watcher.listing import ArticleRow
from watcher.model import Candidate
from watcher.text import fold_key

#: Titles looked through, newest first: some seconds.
_TITLES = 200_000
#: A shorter headline inside another one is a coincidence.
_MIN_PART = 15
#: Words with fewer letters are in every text; the share of the others that two texts of one
#: article have in common, and of two that may be.
_LETTERS = 4
_SAME, _PERHAPS = 0.8, 0.5
#: Articles that may be meant.
_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article of the archive; ``by`` says how: id, link, text, title or likeness.

    ``certain`` is false for one that may only be meant.
    """

    row: ArticleRow
    by: str
    certain: bool = True


def by_link(url: str, store: Store) -> Iterator[Found]:
    """The articles with this link."""
    link = dedup.canonical_link(url)
    if link:
        yield from _rows(store.filed([dedup.link_key(link)]), "link", store)


def by_words(candidate: Candidate, store: Store, window: timedelta) -> list[Found]:
    """The articles with this text or this headline; else those that may be meant."""
    found = list(_rows(store.filed(candidate.keys), "text", store))
    article = candidate.article
    if not found:
        ids = _with_title(article.title, store)
        found = list(_rows(ids, "title", store))
    if found:
        return found
    alike = store.alike(article, store.now() - window)
    wanted = _telling(article.text)
    shares: list[tuple[float, Found]] = []
    for one in _rows(alike, "likeness", store):
        share = len(wanted & _telling(one.row.article.text)) / max(1, len(wanted))
        certain = share >= _SAME
        shares.append((share, Found(row=one.row, by=one.by, certain=certain)))
    shares.sort(key=lambda one: -one[0])
    return [one for share, one in shares if share >= _PERHAPS][:_MOST]


def _rows(ids: Iterable[str], by: str, store: Store) -> Iterator[Found]:
    for one in ids:
        row = store.article(one)
        if row is not None:
            yield Found(row=row, by=by)


def _with_title(title: str, store: Store) -> list[str]:
    """Articles whose headline is this one, or one of the two a part of the other."""
    wanted = _title_key(title)
    if not wanted:
        return []
    found = []
    for one in islice(store.titles(), _TITLES):
        known = _title_key(one.title)
        if known == wanted or _is_part(known, wanted) or _is_part(wanted, known):
            found.append(one.article)
            if len(found) == _MOST:
                break
    return found


def _is_part(one: str, other: str) -> bool:
    return len(one) >= _MIN_PART and one in other


def _title_key(title: str) -> str:
    """A headline for comparison; of a long lead only the beginning was kept."""
    return fold_key(title.rstrip("… "))


def _telling(text: str) -> frozenset[str]:
    return frozenset(one for one in re.findall(r"\w+", fold_key(text)) if len(one) >= _LETTERS)


def site_of(url: str) -> str:
    """The last two parts of a host's name (three of co.uk and the like): feeds.example.org and
    www.example.org are one publisher's."""
    host = (urlsplit(url).hostname or "").lower()
    parts = host.split(".")
    few = 3 if len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3 else 2
    return ".".join(parts[-few:])

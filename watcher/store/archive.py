"""The archive read back: an article with what became of it, found by id, key, title or likeness."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from watcher import notices
from watcher.listing import ArticleRow, MatchRow, RecordedMatch, RelatedRow
from watcher.model import Article, Candidate, Quarantined, Severity, Status
from watcher.store.driver import Draft, Driver, Row, Statements, select_in
from watcher.store.nearby import find_nearby
from watcher.store.rows import (
    ALERT_COLUMNS,
    micros,
    moment,
    storable,
    to_article,
    to_hits,
    to_quarantined,
)
from watcher.store.views import alert_rows

#: Titles read at a time, and other articles of a story.
_PAGE = 1_000
_OTHERS = 50
_QUARANTINED = 20
_AFTER_ALL = 2**62

_ALERTS = f"""
    SELECT {", ".join(ALERT_COLUMNS)} FROM alert
    WHERE story = :story AND article = :article ORDER BY created, id
"""
#: Ids are hexadecimal: every one that begins so is smaller than that beginning and a "g".
_NAMED = """
    SELECT id AS article, id FROM article WHERE id >= :prefix AND id < :end
    UNION SELECT article, id FROM alert WHERE id >= :prefix AND id < :end
    ORDER BY id LIMIT :most
"""
_RELATED = "id, source, title, seen, duplicate_of, revision_of, story_reason"
_TITLES = f"""
    SELECT {_RELATED} FROM article
    WHERE (seen, id) < (:seen, :id) AND kind <> '{notices.KIND}'
    ORDER BY seen DESC, id DESC LIMIT {_PAGE}
"""
_COUNT = f"""
    SELECT COUNT(*) AS articles FROM article WHERE seen >= :since AND kind <> '{notices.KIND}'
"""
_PAGE_OF_ALL = f"""
    SELECT * FROM article WHERE (seen, id) > (:seen, :id) AND kind <> '{notices.KIND}'
    ORDER BY seen, id LIMIT {_PAGE}
"""
_MATCHED = f"""
    SELECT rule_match.rule, rule_match.article_id, rule_match.at, rule_match.hits, article.story
    FROM rule_match JOIN article ON article.id = rule_match.article_id
    WHERE (rule_match.at, rule_match.rule, rule_match.article_id) > (:at, :rule, :article)
    ORDER BY rule_match.at, rule_match.rule, rule_match.article_id LIMIT {_PAGE}
"""
_RULES_OF = "SELECT article_id, rule FROM rule_match WHERE article_id IN ({names})"


class Archive:
    """The part of `watcher.interfaces.Store` that reads the archive."""

    _driver: Driver

    def article(self, article_id: str) -> ArticleRow | None:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return _article(tx, article_id)

    def archived_since(self, since: datetime) -> int:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            (row,) = tx.query(_COUNT, {"since": micros(since)})
        return int(row["articles"])

    def walk(self, since: datetime) -> Iterator[tuple[Article, str, tuple[str, ...]]]:
        """See `Store`."""
        return _walk(self._driver, since)

    def matched_since(self, since: datetime) -> Iterator[RecordedMatch]:
        """See `Store`."""
        return _matched_since(self._driver, since)

    def named(self, prefix: str, most: int = 10) -> list[str]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return _named(tx, prefix, most)

    def filed(self, keys: Iterable[str]) -> list[str]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return _filed(tx, list(keys))

    def titles(self) -> Iterable[RelatedRow]:
        """See `Store`."""
        return _titles(self._driver)

    def alike(self, article: Article, since: datetime) -> list[str]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return _alike(tx, article, micros(since))

    def quarantined(self, part: str) -> Sequence[Quarantined]:
        """See `Store`."""
        with self._driver.transaction(read_only=True) as tx:
            return _quarantined(tx, part)


def _article(tx: Statements, article_id: str) -> ArticleRow | None:
    rows = tx.query("SELECT * FROM article WHERE id = :id", {"id": storable(article_id)})
    if not rows:
        return None
    (row,) = rows
    of: Draft = {"story": row["story"], "article": row["id"], "most": _OTHERS}
    matches = tx.query("SELECT * FROM rule_match WHERE article_id = :article ORDER BY rule", of)
    others = tx.query(
        f"SELECT {_RELATED} FROM article WHERE story = :story AND id <> :article"
        " ORDER BY seen, id LIMIT :most",
        of,
    )
    return ArticleRow(
        article=to_article(row),
        story=row["story"],
        story_reason=row["story_reason"],
        duplicate_of=row["duplicate_of"],
        revision_of=row["revision_of"],
        changes=tuple(json.loads(row["changes"])),
        matches=tuple(_to_match(one) for one in matches),
        alerts=tuple(alert_rows(tx, tx.query(_ALERTS, of))),
        others=tuple(_to_related(one) for one in others),
    )


def _walk(driver: Driver, since: datetime) -> Iterator[tuple[Article, str, tuple[str, ...]]]:
    values: Draft = {"seen": micros(since), "id": ""}
    while True:
        with driver.transaction(read_only=True) as tx:
            rows = tx.query(_PAGE_OF_ALL, values)
            matches: dict[str, list[str]] = {}
            for row in select_in(tx, _RULES_OF, [row["id"] for row in rows]):
                matches.setdefault(row["article_id"], []).append(row["rule"])
        for row in rows:
            yield to_article(row), row["story"], tuple(sorted(matches.get(row["id"], ())))
        if len(rows) < _PAGE:
            return
        values |= {"seen": rows[-1]["seen"], "id": rows[-1]["id"]}


def _matched_since(driver: Driver, since: datetime) -> Iterator[RecordedMatch]:
    values: Draft = {"at": micros(since), "rule": "", "article": ""}
    while True:
        with driver.transaction(read_only=True) as tx:
            rows = tx.query(_MATCHED, values)
        for row in rows:
            yield RecordedMatch(
                rule=row["rule"],
                article=row["article_id"],
                story=row["story"],
                at=moment(row["at"]),
                hits=to_hits(row["hits"]),
            )
        if len(rows) < _PAGE:
            return
        last = rows[-1]
        values |= {"at": last["at"], "rule": last["rule"], "article": last["article_id"]}


def _named(tx: Statements, prefix: str, most: int) -> list[str]:
    prefix = storable(prefix)
    values: Draft = {"prefix": prefix, "end": prefix + "g", "most": most}
    return list(dict.fromkeys(row["article"] for row in tx.query(_NAMED, values)))


def _filed(tx: Statements, keys: Sequence[str]) -> list[str]:
    rows = select_in(tx, "SELECT key, article_id FROM seen WHERE key IN ({names})", keys)
    by_key = {row["key"]: row["article_id"] for row in rows}
    return list(dict.fromkeys(by_key[key] for key in keys if key in by_key))


def _titles(driver: Driver) -> Iterator[RelatedRow]:
    values: Draft = {"seen": _AFTER_ALL, "id": ""}
    while True:
        with driver.transaction(read_only=True) as tx:
            rows = tx.query(_TITLES, values)
        yield from map(_to_related, rows)
        if len(rows) < _PAGE:
            return
        values |= {"seen": rows[-1]["seen"], "id": rows[-1]["id"]}


def _alike(tx: Statements, one: Article, since: int) -> list[str]:
    candidate = Candidate(article=one, keys=(), text_key="")
    near = find_nearby(tx, [candidate], {}, since).get(one.id)
    return [earlier.article for earlier in near.articles] if near else []


def _quarantined(tx: Statements, part: str) -> Sequence[Quarantined]:
    escaped = "".join("\\" + one if one in "%_\\" else one for one in storable(part).lower())
    rows = tx.query(
        "SELECT source, document, reason, at FROM quarantine"
        " WHERE LOWER(document) LIKE :part ESCAPE '\\'"
        f" ORDER BY at DESC, id LIMIT {_QUARANTINED}",
        {"part": f"%{escaped}%"},
    )
    return [to_quarantined(row) for row in rows]


def _to_match(row: Row) -> MatchRow:
    return MatchRow(
        rule=row["rule"],
        severity=Severity(row["severity"]),
        status=Status(row["status"]),
        hits=to_hits(row["hits"]),
        at=moment(row["at"]),
    )


def _to_related(row: Row) -> RelatedRow:
    return RelatedRow(
        article=row["id"],
        source=row["source"],
        title=row["title"],
        seen=moment(row["seen"]),
        duplicate_of=row["duplicate_of"],
        revision_of=row["revision_of"],
        reason=row["story_reason"],
    )

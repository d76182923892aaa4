"""What an article must be like: `where:` of a rule."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from watcher.model import Article
from watcher.rules.layout import Layout
from watcher.rules.rule import Where

#: Keys that take globs.
GLOB_KEYS = (
    "source", "tags", "language", "author", "place", "agency", "kind", "section", "urgency",
)  # fmt: skip


def fits(
    where: Where, article: Article, layout: Layout, stated: frozenset[str] | None = None
) -> bool:
    """Whether the article is of that kind. An article of unknown language is of any.

    ``stated``: only these keys are judged (what a test does not state counts as fitting, and its
    text is a sentence where the rule may ask for many words).
    """
    for key, globs in where.globs:
        if stated is not None and key not in stated:
            continue
        values = [value.casefold() for value in values_of(article, key)]
        if key == "language" and not values:
            continue
        if not any(fnmatchcase(value, glob.casefold()) for value in values for glob in globs):
            return False
    if where.min_words and stated is None and layout.word(len(article.text)) < where.min_words:
        return False
    if where.max_age_s is not None and (stated is None or "published" in stated):
        published = article.published or article.seen
        return (article.seen - published).total_seconds() <= where.max_age_s
    return True


def values_of(article: Article, key: str) -> Iterable[str]:
    """What an article says under a key of `where:`; nothing where it says nothing."""
    if key == "tags":
        return article.tags
    if key == "agency":
        return article.agencies
    value = getattr(article, key)
    return (str(value),) if value else ()

"""What is new: identity keys of an article, and the decision new / known / duplicate / revision.

A feed's own id counts if it is unique in its document; a link if it is, and leads somewhere;
the text always. Nothing is decided here that needs more than the keys' history, so that
near-duplicates and stories are further keys and further outcomes, not another design.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from watcher.model import (
    Article,
    Candidate,
    Extraction,
    History,
    Outcome,
    Part,
    Seen,
    Verdict,
)
from watcher.text import digest, fold_key

#: So many new ids at once are no coincidence.
_FEW_RENUMBERED = 5
#: Texts with fewer words are no evidence by themselves: "Weerbericht" comes every morning.
_FEW_WORDS = 4
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|at_\w+|ns_\w+|cmpid|xtor", re.IGNORECASE)


def identify(extraction: Extraction) -> list[Candidate]:
    """The articles of one document with their ids and identity keys, still without matches."""
    guids, links = _counted([*extraction.articles, *extraction.skipped])
    lines = extraction.lines or ((),) * len(extraction.articles)
    return [
        replace(_identify(article, guids, links), lines=each)
        for article, each in zip(extraction.articles, lines, strict=True)
    ]


def is_certain(extraction: Extraction) -> bool:
    """True if what was skipped would be known again: else it must be read.

    Its ids and links are as unique in this document as in the one before, so its keys are the
    same; and it has more than a text to be known by, which counts only for a while.
    """
    known = extraction.document.known
    if known is None or not extraction.skipped:
        return True
    guids, links = _counted([*extraction.articles, *extraction.skipped])
    old_guids, old_links = _counted(known.parts)

    def would_be_known(part: Part) -> bool:
        link = canonical_link(part.url)
        once = links[link] == 1
        return (
            (guids[part.guid] == 1) == (old_guids[part.guid] == 1)
            and once == (old_links[link] == 1)
            and (bool(part.guid) or not part.url or (once and bool(link)))
        )

    return all(map(would_be_known, extraction.skipped))


def _counted(these: Iterable[Article | Part]) -> tuple[Counter[str | None], Counter[str]]:
    """How often each id and each link occurs."""
    these = list(these)
    return Counter(one.guid for one in these), Counter(canonical_link(one.url) for one in these)


def _identify(
    article: Article, guids: Mapping[str | None, int], links: Mapping[str, int]
) -> Candidate:
    text = fold_key(article.text)
    link = canonical_link(article.url)
    few = text.count(" ") + 1 < _FEW_WORDS
    # Who withdraws a text mostly sends it once more, word for word.
    withdrawn = ("canceled",) if article.status == "canceled" else ()
    text_key = "text:" + digest(text, *((article.guid or link,) if few else ()), *withdrawn)
    keys: list[str] = []
    if article.guid:
        unique = guids[article.guid] == 1
        parts = (article.guid,) if unique else (article.guid, link, fold_key(article.title))
        keys.append("id:" + digest(article.source, *parts))
    if link and links[link] == 1:
        keys.append(link_key(link))
    keys.append(text_key)
    if article.teaser:
        keys.append(teaser_key(article.source, article.teaser))
    # An article's id follows from where it came from and what it says: reading a document
    # twice gives the same ids, another text under the same key another one.
    article_id = digest(article.source, keys[0], text_key)
    return Candidate(article=replace(article, id=article_id), keys=tuple(keys), text_key=text_key)


def link_key(link: str) -> str:
    """The key of a canonical link."""
    return "link:" + digest(link)


def teaser_key(source: str, teaser: str) -> str:
    """The key of what a feed says of an article whose text stands elsewhere."""
    return "teaser:" + digest(source, fold_key(teaser))


@lru_cache(maxsize=4_096)
def canonical_link(url: str | None) -> str:
    """A link without what does not change the page: scheme, fragment, tracking parameters.

    "" for none, and for a bare front page, to which many articles link.
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    query = urlencode([pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])])
    path = parts.path.rstrip("/")
    if not parts.netloc or not (path or query):
        return ""
    return urlunsplit(("", parts.netloc.lower().removeprefix("www."), path, query, ""))


def is_renumbered(candidates: Sequence[Candidate], history: History, skipped: int = 0) -> bool:
    """True if a source gave new ids to what it gave us before: then ids say nothing.

    Most of the articles have an id that is new and a text that is not; ``skipped`` further ones
    are known to have neither.
    """
    count = sum(_has_new_id(one, history) for one in candidates)
    return count >= _FEW_RENUMBERED and count > (len(candidates) + skipped) / 2


def _has_new_id(candidate: Candidate, history: History) -> bool:
    article = candidate.article
    seen = history.seen.get(candidate.text_key)
    return (
        seen is not None
        and seen.source == article.source
        and bool(article.guid and seen.guid)
        and article.guid != seen.guid
        and candidate.keys[0] not in history.seen
    )


def decide(
    candidate: Candidate, history: History, *, window: timedelta, renumbered: bool = False
) -> Verdict:
    """What this article is. ``window`` is how long the same text elsewhere counts as the same;
    in a ``renumbered`` document a text or a link of the same source is the same for ever."""
    verdict = _decide(candidate, history, window, renumbered)
    return replace(verdict, renumbered=renumbered and _has_new_id(candidate, history))


def _decide(candidate: Candidate, history: History, window: timedelta, renumbered: bool) -> Verdict:
    article = candidate.article
    same_text = history.seen.get(candidate.text_key)
    for key in candidate.keys:
        seen = history.seen.get(key)
        if seen is None:
            continue
        certain = renumbered and seen.source == article.source
        if key.startswith("link:") and _other_item(article, seen) and not certain:
            continue
        if key == candidate.text_key and _too_old(article, seen, history, window) and not certain:
            continue
        if seen.text_key == candidate.text_key:
            return _same_text(candidate, seen)
        if same_text is not None and same_text.source == article.source:
            return _same_text(candidate, same_text)
        return Verdict(
            outcome=Outcome.REVISION,
            story=seen.story,
            of=seen.article,
            reason=f"another text of article {seen.article}",
            # What another source said in the same words says nothing new.
            copied=1.0 if same_text is not None and same_text.story == seen.story else 0.0,
        )
    return Verdict(outcome=Outcome.NEW, story=article.id, reason="not seen before")


def _same_text(candidate: Candidate, seen: Seen) -> Verdict:
    if seen.source == candidate.article.source:
        reason = f"the same article as {seen.article}"
        return Verdict(outcome=Outcome.KNOWN, story=seen.story, of=seen.article, reason=reason)
    return Verdict(
        outcome=Outcome.DUPLICATE,
        story=seen.story,
        of=seen.article,
        reason=f"the same text as article {seen.article} from {seen.source}",
    )


def _other_item(article: Article, seen: Seen) -> bool:
    """Two items of one source with ids of their own are two articles, whatever their links."""
    return (
        seen.source == article.source
        and bool(article.guid and seen.guid)
        and article.guid != seen.guid
    )


def _too_old(article: Article, seen: Seen, history: History, window: timedelta) -> bool:
    """The same text counts for as long as the window, but a dropped file counts for ever."""
    if seen.source == article.source and not article.guid and not article.url:
        return False
    return history.now - seen.seen > window

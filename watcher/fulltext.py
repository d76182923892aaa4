"""Full texts for feeds that only give teasers: each linked page is read once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watcher.dedup import teaser_key
from watcher.errors import FetchError
from watcher.interfaces import Parser, Source, Store, Work
from watcher.model import Article, Document, Extraction

#: Pages read in one round; what is left comes with the next, before anybody else's lease ends.
_MAX_PAGES = 40
_MAX_SECONDS = 45.0
#: Pages asked for at the same time: they mostly stand on one host.
_AT_ONCE = 2


async def fill(
    source: Source,
    extractions: Sequence[Extraction],
    *,
    parser: Parser,
    store: Store,
    work: Work,
    oldest: datetime | None,
) -> tuple[list[Extraction], bool]:
    """The extractions with the pages' texts, and whether there are more pages to read.

    Teasers that were dealt with before are left out, those of another round too. What is older
    than ``oldest`` stays a teaser.
    """
    articles = [article for each in extractions for article in each.articles]
    keys = {id(one): teaser_key(source.spec.name, one.text) for one in articles}
    known = await work(lambda: store.known(keys.values()))
    new = [one for one in articles if keys[id(one)] not in known]
    wanted = [one for one in new if one.url and not _is_older(one, oldest)]
    texts = await _read(source, wanted[:_MAX_PAGES], parser)
    later = {id(one) for one in wanted} - texts.keys()
    filled: dict[int, Article] = {}
    for one in new:
        if id(one) not in later:
            filled[id(one)] = texts.get(id(one)) or replace(one, teaser=one.text)
    return [
        replace(
            each,
            articles=tuple(filled[id(one)] for one in each.articles if id(one) in filled),
            lines=(),
        )
        for each in extractions
    ], bool(later)


def _is_older(article: Article, oldest: datetime | None) -> bool:
    return oldest is not None and article.published is not None and article.published < oldest


async def _read(source: Source, articles: Sequence[Article], parser: Parser) -> dict[int, Article]:
    """The articles whose pages were read, or could not be, by identity."""
    room = asyncio.Semaphore(_AT_ONCE)
    end = time.monotonic() + _MAX_SECONDS

    async def get(article: Article) -> Document | str | None:
        async with room:
            if time.monotonic() > end:
                return None  # with the next round
            try:
                return await source.page(article)
            except FetchError as error:
                return str(error)

    answers = await asyncio.gather(*map(get, articles))
    documents = [one for one in answers if isinstance(one, Document)]
    parsed = dict(zip(map(id, documents), await parser.parse(documents), strict=True))
    found: dict[int, Article] = {}
    for article, answer in zip(articles, answers, strict=True):
        if isinstance(answer, Document):
            found[id(article)] = with_page(article, parsed[id(answer)])
        elif answer is not None:
            found[id(article)] = _only_teaser(article, answer)
    return found


def with_page(article: Article, page: Extraction) -> Article:
    """The article with the text of its page, or as it was with the reason."""
    if page.failure is not None or not page.articles:
        return _only_teaser(article, page.failure or "there is no article on it")
    main = page.articles[0]
    teaser_body = article.text[article.headline_end :].strip()
    body = main.text[main.headline_end :].strip()
    if len(body) <= len(teaser_body):
        return _only_teaser(article, "it has no more text than the feed")
    headline = article.text[: article.headline_end] or main.text[: main.headline_end]
    dated = article.published_source == "document" or main.published_source != "document"
    return replace(
        article,
        text=f"{headline}\n\n{body}" if headline else body,
        headline_end=len(headline),
        teaser=article.text,
        title=article.title if article.headline_end else main.title,
        title_source=article.title_source if article.headline_end else main.title_source,
        language=article.language or main.language,
        place=article.place or main.place,
        agencies=article.agencies or main.agencies,
        author=article.author or main.author,
        section=article.section or main.section,
        published=article.published if dated else main.published,
        published_source=article.published_source if dated else main.published_source,
        published_precision_s=(article if dated else main).published_precision_s,
    )


def _only_teaser(article: Article, reason: str) -> Article:
    remark = f"only the feed's own text: the page was not used ({reason})"
    return replace(article, teaser=article.text, remarks=(*article.remarks, remark))

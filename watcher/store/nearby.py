"""Articles that may be like another one, found by the traces that they share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from watcher.likeness import SKETCH, Traces, traces
from watcher.model import Candidate, Decision, Earlier, Nearby, Seen
from watcher.store.driver import Draft, Row, Statements, Values, select_in
from watcher.store.rows import insert, moment

#: A trace in more articles than this finds none: a house style's phrases, a country's name.
_COMMON = 150
#: Articles looked at by the runs of one candidate, and as many by its terms; see `_asked`.
_READ = 40
#: Traces looked at in one place for old ones, and how many of them for each that is written.
_SWEPT, _SWEPT_PER_TRACE = 48, 3
#: Articles compared with one candidate, and read of all their stories together.
_CLOSEST, _STORIES = 12, 300
#: Articles counted to learn how rare a term is; beyond it makes no difference.
_COUNTED = 20_000

_INSERT_TRACE = insert("trace", ("hash", "article_id", "at"))
_INSERT_COMMON = """
    INSERT INTO common_trace (hash, at) VALUES (:hash, :at)
    ON CONFLICT (hash) DO UPDATE SET at = excluded.at
"""
_IS_COMMON = "SELECT hash FROM common_trace WHERE hash IN ({names}) AND at >= :since"
_SWEEP = """
    DELETE FROM trace WHERE at < :since AND (hash, article_id) IN (
        SELECT hash, article_id FROM trace WHERE hash >= :hash
        ORDER BY hash, article_id LIMIT :most{lock})
"""
_POSTINGS = "SELECT hash, article_id FROM trace WHERE hash IN ({names})"
_ARTICLES = """
    SELECT id, source, story, text, headline_end, language, seen, revision_of FROM article
    WHERE {column} IN ({{names}}) AND seen >= :since ORDER BY seen DESC LIMIT :most
"""
_COUNTS = """
    SELECT hash, COUNT(*) AS articles FROM trace WHERE hash IN ({names})
    GROUP BY hash
"""
_TOTAL = f"""
    SELECT COUNT(*) AS total FROM (
        SELECT 1 FROM article WHERE seen >= :since LIMIT {_COUNTED}) AS counted
"""


def find_nearby(
    tx: Statements, candidates: Sequence[Candidate], seen: Mapping[str, Seen], since: int
) -> dict[str, Nearby]:
    """For candidates whose text is not known, by their article's id, what may be alike.

    ``since`` is the beginning of the window in microseconds.
    """
    fresh = [one for one in candidates if one.text_key not in seen]
    if not fresh:
        return {}
    marks = {one.article.id: _marks(one) for one in fresh}
    hashes = {each for one in marks.values() for each in (*one.runs, *one.terms.values())}
    common = _common(tx, hashes, since)
    counts = _counts(tx, hashes - common)
    asked = {one: _asked(mark, counts) for one, mark in marks.items()}
    postings = _postings(tx, {each for mark in asked.values() for each in mark})
    closest = {one: _closest(marks[one], mark, postings) for one, mark in asked.items()}
    total = int(tx.query(_TOTAL, {"since": since})[0]["total"])
    stories = {one.article.id: _own_stories(one, seen) for one in fresh}
    earlier = _read(tx, closest, stories, since)
    return {
        one: Nearby(
            articles=tuple(_of(closest[one], stories[one], earlier)),
            known={
                term: _COMMON if each in common else counts[each]
                for term, each in mark.terms.items()
            },
            total=total,
        )
        for one, mark in marks.items()
    }


def _common(tx: Statements, hashes: Iterable[int], since: int) -> set[int]:
    """Those that stood in too many articles, within the window."""
    return {row["hash"] for row in select_in(tx, _IS_COMMON, hashes, {"since": since})}


def _marks(candidate: Candidate) -> Traces:
    return traces(candidate.article.text, candidate.article.headline_end)


def _counts(tx: Statements, hashes: Iterable[int]) -> Counter[int]:
    """In how many articles these traces stand."""
    rows = select_in(tx, _COUNTS, hashes)
    return Counter({row["hash"]: row["articles"] for row in rows})


def _asked(marks: Traces, counts: Counter[int]) -> list[int]:
    """The traces whose articles are looked at: the rarest, until there are enough of these.

    What stands in hundreds of articles tells little, and to read their names is what costs.
    """
    asked: list[int] = []
    for own in (marks.runs, marks.terms.values()):
        left = _READ
        for each in sorted((one for one in own if counts[one]), key=lambda one: (counts[one], one)):
            if left <= 0:
                break
            left -= counts[each]
            asked.append(each)
    return asked


def _postings(tx: Statements, hashes: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in select_in(tx, _POSTINGS, hashes):
        found[row["hash"]].append(row["article_id"])
    return found


def _closest(
    marks: Traces, asked: Iterable[int], postings: Mapping[int, Sequence[str]]
) -> list[str]:
    """The articles that share a run, or two terms at least, the most shared first."""
    runs = frozenset(marks.runs)
    shared: Counter[str] = Counter()
    for each in asked:
        shared.update(postings[each])
        if each in runs:
            # One run in common is as telling as two terms.
            shared.update(postings[each])
    # One name in common is nothing, and most have no more.
    telling = sorted((-count, article) for article, count in shared.items() if count > 1)
    return [article for _, article in telling[:_CLOSEST]]


def _own_stories(candidate: Candidate, seen: Mapping[str, Seen]) -> set[str]:
    """The stories of what is known under the candidate's id or link: it may be a revision."""
    return {seen[key].story for key in candidate.keys if key in seen}


def _read(
    tx: Statements,
    closest: Mapping[str, Sequence[str]],
    stories: Mapping[str, Iterable[str]],
    since: int,
) -> dict[str, Earlier]:
    """The articles themselves, and the others of their stories."""
    values: Draft = {"since": since, "most": _STORIES}
    ids = {article for each in closest.values() for article in each}
    rows = select_in(tx, _ARTICLES.format(column="id"), ids, values)
    wanted = {row["story"] for row in rows} | {one for each in stories.values() for one in each}
    rows += select_in(tx, _ARTICLES.format(column="story"), wanted, values)
    return {row["id"]: _to_earlier(row) for row in rows}


def _of(
    closest: Sequence[str], stories: set[str], earlier: Mapping[str, Earlier]
) -> Iterable[Earlier]:
    first = [earlier[article] for article in closest if article in earlier]
    wanted = stories | {one.story for one in first}
    yield from first
    for one in earlier.values():
        if one.story in wanted and one.article not in closest:
            yield one


def _to_earlier(row: Row) -> Earlier:
    return Earlier(
        article=row["id"],
        source=row["source"],
        story=row["story"],
        text=row["text"],
        headline_end=row["headline_end"],
        language=row["language"],
        seen=moment(row["seen"]),
        revision_of=row["revision_of"],
    )


def write_traces(tx: Statements, decisions: Iterable[Decision], now: int, since: int) -> None:
    """Let these articles be found; traces that stand in too many find nothing for a while."""
    by_article = {each.candidate.article.id: _marks(each.candidate) for each in decisions}
    keep_traces(tx, by_article, now, since)


def keep_traces(tx: Statements, by_article: Mapping[str, Traces], now: int, since: int) -> None:
    """The same for articles given by their ids and traces."""
    hashes = {one for each in by_article.values() for one in (*each.runs, *each.terms.values())}
    if not hashes:
        return
    common = _common(tx, hashes, since)
    rows: list[Values] = []
    for article, marks in by_article.items():
        runs = [each for each in marks.runs if each not in common][:SKETCH]
        terms = [each for each in marks.terms.values() if each not in common]
        rows += [{"hash": each, "article_id": article, "at": now} for each in (*runs, *terms)]
    rows.sort(key=lambda row: (row["hash"], row["article_id"]))
    tx.executemany(_INSERT_TRACE, rows)
    written = [int(row["hash"] or 0) for row in rows]
    # Other ones each time: from the first on, an article alone would only ever sweep where the
    # smallest hashes are.
    chance, step = sum(written), _SWEPT // _SWEPT_PER_TRACE
    _sweep(tx, written[chance % step :: step], since)
    # What is in every article comes by again soon: to count an eighth of them each time will do.
    _retire(tx, {each for each in written if (each ^ chance) % 8 == 0}, now)


def _sweep(tx: Statements, places: Iterable[int], since: int) -> None:
    """Delete what is older than the window behind each of these hashes.

    Every article deletes about as much as it brings, so that the table has less than two windows,
    however long the archive is; and nobody has to stop for it.
    """
    tx.executemany(
        _SWEEP.format(lock=tx.skip_locked),
        [{"hash": each, "since": since, "most": _SWEPT} for each in sorted(set(places))],
    )


def _retire(tx: Statements, hashes: Iterable[int], now: int) -> None:
    counts = select_in(
        tx,
        "SELECT hash, COUNT(*) AS articles FROM trace WHERE hash IN ({names}) GROUP BY hash"
        f" HAVING COUNT(*) > {_COMMON}",
        hashes,
    )
    worn = sorted(int(row["hash"]) for row in counts)
    tx.executemany(_INSERT_COMMON, [{"hash": each, "at": now} for each in worn])
    tx.executemany("DELETE FROM trace WHERE hash = :hash", [{"hash": each} for each in worn])

"""The nouns: frozen values that every layer passes on, without behaviour of their own.

Every datetime is aware and in UTC. Offsets are code points into ``Article.text``.
The words are those of the glossary in docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.counts import Counts, Still, Tally, Volume
from watcher.timing import Clock, Quiet, Rate

#: (key, line) of lines that a source might repeat on every page.
Lines = tuple[tuple[str, str], ...]


class Severity(StrEnum):
    """How much a rule matters, least first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low up to 3 for critical."""
        return list(Severity).index(self)


class Status(StrEnum):
    """A rule's place in its life: only ``active`` rules send, ``shadow`` rules only count."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    OFF = "off"


# --- what comes in -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An item of a feed that was read: a digest of its bytes, and id and link of its article."""

    digest: str
    guid: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a feed came to, item by item: the same bytes need not be read again.

    They mean the same only under the same ``frame`` (a digest of what stands around the items and
    of all that decides how they are read), ``encoding`` and ``habits`` (a digest of the furniture).
    """

    frame: str
    encoding: str
    habits: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a source handed over, unread: a feed's body, a dropped file.

    ``name`` is what a person calls it (file name or URL); ``seen`` is when we got it and
    ``captured`` when it was taken from where it stood (a file's mtime; None: when seen).
    ``encoding`` and ``language`` are set only where a person states them; ``usual_language`` is
    what its source mostly writes.
    ``expects`` is feed where nothing else will do (the body of a feed's URL), else empty.
    ``known`` is what an earlier body of the same feed came to, all of which is recorded.
    """

    source: str
    name: str
    body: bytes
    seen: datetime
    captured: datetime | None = None
    content_type: str = ""
    url: str | None = None
    encoding: str | None = None
    language: str | None = None
    usual_language: str | None = None
    timezone: str = "Europe/Amsterdam"
    tags: tuple[str, ...] = ()
    split: bool = True
    boilerplate: bool = True
    expects: str = ""
    known: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news text.

    ``text`` is what rules match: the headline, if there is one, then the paragraphs, separated
    by empty lines; ``headline_end`` is the offset where the headline stops (0 without one).
    ``published_source`` is document, relative or file; ``published_precision_s`` how many
    seconds the time may be off. ``id`` follows from source and content (`dedup.identify`).
    ``kind`` is article, brief, update or correction; notice for what we have to say ourselves.

    ``teaser`` is what the feed had, where ``text`` was to be read from the page it links to.

    What an agency says about its own text: ``slugline``, ``section``, ``credit`` (who is to be
    named), ``urgency`` (1 most urgent to 9, IPTC), ``version``, ``status`` (usable, withheld or
    canceled) and ``embargoed`` (not to be published before). ``remarks`` are what we have to say
    about it: that the splitter was not sure, that the full text could not be fetched.
    """

    id: str
    source: str
    document: str
    part: int
    parts: int
    kind: str
    title: str
    title_source: str
    text: str
    seen: datetime
    headline_end: int = 0
    teaser: str = ""
    place: str | None = None
    agencies: tuple[str, ...] = ()
    language: str | None = None
    published: datetime | None = None
    published_source: str = "file"
    published_precision_s: int = 0
    url: str | None = None
    guid: str | None = None
    author: str | None = None
    encoding: str | None = None
    section: str | None = None
    slugline: str | None = None
    credit: str | None = None
    urgency: int | None = None
    version: str | None = None
    status: str = "usable"
    embargoed: datetime | None = None
    remarks: tuple[str, ...] = ()
    #: The tags of its source.
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What came out of one document: its articles in order, or the reason there are none."""

    document: Document
    articles: tuple[Article, ...] = ()
    failure: str | None = None
    #: Parts that were lost while the rest was read, each with its reason.
    losses: tuple[str, ...] = ()
    #: Lines left out as page furniture.
    dropped: tuple[str, ...] = ()
    #: For each article the lines that its source might repeat, as (key, line).
    lines: tuple[Lines, ...] = ()
    #: Items that the document knew already and that were not read again.
    skipped: tuple[Part, ...] = ()
    #: What the next body may skip once this one is recorded; None where items depend on others.
    reading: Reading | None = None


# --- rules -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """What a rule is called and what it asks for, without its conditions.

    ``to`` names channels (empty: the routes decide); ``updates`` is new-fact, any or never.
    When it is told: ``wait`` gathers (per story, or for the whole rule: ``group_by``), more than
    ``most`` messages go into a digest, ``digest`` names the only times, ``quiet`` are hours that
    lower severities sleep through, None where the channel's own hold, and empty for none at all.
    With ``volume`` it tells of numbers of matches, and not of each.
    """

    id: str
    title: str
    severity: Severity = Severity.NORMAL
    status: Status = Status.ACTIVE
    why: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    updates: str = "new-fact"
    group_by: str = "story"
    wait: timedelta | None = None
    most: Rate | None = None
    digest: tuple[Clock, ...] = ()
    quiet: tuple[Quiet, ...] | None = None
    volume: Volume | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Characters that made a rule hold: ``text == article.text[start:end]``.

    ``how`` is exact, form, compound, joined, ellipsis, apart, alias, wildcard or regex;
    ``field`` is headline, lead or body.
    """

    start: int
    end: int
    text: str
    term: str
    how: str
    field: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that holds for an article, with its hits in text order.

    A rule that only says what must be absent holds without hits. ``trend`` is how often the rule
    matched on each of the last days, today last; empty where nobody counted. ``counts_as`` is the
    article as which it counts, where its own is a copy of one; None where it does not count.
    """

    rule: RuleInfo
    hits: tuple[Hit, ...]
    trend: tuple[int, ...] = ()
    counts_as: str | None = ""


# --- decisions ---------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What an article is, seen against what was there before."""

    NEW = "new"
    #: The same article from the same source again: nothing is stored.
    KNOWN = "known"
    #: The same text from elsewhere, or nearly: stored, belongs to the story.
    DUPLICATE = "duplicate"
    #: Another text about the same event: stored, belongs to the story.
    FOLLOW_UP = "follow-up"
    #: The same article with another text: stored, matched, same story.
    REVISION = "revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the store knows under one identity key."""

    article: str
    source: str
    story: str
    text_key: str
    guid: str | None
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A stored article, as far as another one is compared with it."""

    article: str
    source: str
    story: str
    text: str
    headline_end: int
    language: str | None
    seen: datetime
    #: The article of which it is another text.
    revision_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """The stored articles that share traces with a candidate, the likeliest first, and all others
    of their stories.

    ``known`` is in how many of ``total`` articles of the window a leading term was seen.
    """

    articles: tuple[Earlier, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of one story for one rule: the first alert and the channels it went to, when
    the latest of the articles that were told is from, and the kinds of all alerts."""

    first: str
    channels: tuple[str, ...]
    last: datetime
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nobody is told of a rule, a story or a tag (one of the three) until then."""

    id: str
    until: datetime
    why: str
    author: str
    created: datetime
    rule: str = ""
    story: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A message that a channel was given, as far as limits count it."""

    rule: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An alert that a channel is told of later: ``code`` is digest, quiet, wait, max or limit.

    Those of one ``group`` that are due together are one message.
    """

    alert: str
    channel: str
    due: datetime
    code: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hold whose time has come, with all that a message needs but its rule."""

    hold: Hold
    alert: Alert
    article: Article
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What becomes of holds: deliveries, and for alerts that are told no more the reason."""

    deliveries: tuple[Delivery, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the store hands to a decision: earlier articles by key, and alerts already decided.

    ``told`` maps (rule id, story id) to what was told of it. ``near`` are, for candidates (by
    their article's id) that may be new, the stored articles that may be alike. ``sent`` are the
    messages that limits still count, ``gathering`` maps a channel and a group that waits to
    when its wait is over, ``silences`` are those in force. ``counts`` are read from the store when
    a rule asks for them (None: there is no store), ``still`` says of rules since when they have
    found nothing.
    """

    now: datetime
    seen: Mapping[str, Seen] = field(default_factory=dict)
    told: Mapping[tuple[str, str], Told] = field(default_factory=dict)
    near: Mapping[str, Nearby] = field(default_factory=dict)
    sent: tuple[Sending, ...] = ()
    gathering: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    counts: Counts | None = field(default=None, compare=False)
    still: Mapping[str, Still] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article on its way in: its identity keys, strongest first, and its matches.

    ``text_key`` is the fingerprint of the text alone and one of ``keys``; ``lines`` are those
    that its source might repeat, as (key, line).
    """

    article: Article
    keys: tuple[str, ...]
    text_key: str
    matches: tuple[Match, ...] = ()
    lines: Lines = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The dedup decision for one candidate; ``of`` is the earlier article, if any."""

    outcome: Outcome
    story: str
    of: str | None = None
    reason: str = ""
    #: Its source gave all its articles other ids than before.
    renumbered: bool = False
    #: The share of it that stands in one article of its story, if that makes it a copy.
    copied: float = 0.0
    #: Numbers that stand where its story had others.
    corrected: tuple[str, ...] = ()
    #: What it calls itself: "correction", "withdrawn" or nothing.
    notice: str = ""
    #: Shares (0 to 1) of what it says, and of its headline, that its story has not said yet.
    novelty: float = 1.0
    headline_novelty: float = 1.0
    #: Other sources that had the story before, in their order.
    reported_by: tuple[str, ...] = ()
    #: Its own source had the story before.
    continued: bool = False
    #: Of a revision: the sentences that went ("- …") and came ("+ …") since the text before it.
    changes: tuple[str, ...] = ()
    #: The how manieth text of its article it is, within the window; 1 for a new one.
    edition: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The decision to tell, or not to: ``suppressed`` alerts have a reason and no deliveries.

    ``code`` names the reason for programs and translations, ``reason`` says it in English.
    ``title`` is the article's. ``kind`` is NEW, UPDATE, CORRECTION, WITHDRAWN, DIGEST or LATE.
    ``reported_by`` are the other sources that had the story before. ``news`` are the places in the
    article's text of the sentences that say what its story had not said to this rule's readers.
    ``tally`` is what was counted, where that is what it tells of.
    """

    id: str
    rule: str
    severity: Severity
    title: str
    article: str
    story: str
    source: str
    created: datetime
    code: str
    reason: str
    kind: str = "NEW"
    suppressed: bool = False
    channels: tuple[str, ...] = ()
    reported_by: tuple[str, ...] = ()
    news: tuple[tuple[int, int], ...] = ()
    tally: Tally | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An alert in words, frozen when it was decided: what each recipient will read.

    Mail clients show messages of one ``thread`` (a story) together, and filters can be set on a
    ``series`` (those of a rule, digests). Both are ids, empty where a channel has no use for them.
    """

    title: str
    text: str
    html: str | None = None
    thread: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """One of several alerts that a message tells of together."""

    alert: Alert
    article: Article
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient of one channel: a row of the outbox.

    ``also`` are further alerts that the message tells of: it is a digest. It is not sent before
    ``not_before`` (a press embargo).
    """

    id: str
    alert: str
    channel: str
    recipient: str
    message: Message
    also: tuple[str, ...] = ()
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything decided about one candidate, to be recorded in one transaction."""

    candidate: Candidate
    verdict: Verdict
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    holds: tuple[Hold, ...] = ()


# --- polling -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A row lease: the right to work on (kind, name) as long as ``token`` is the newest.

    Kinds are host, folder, channel and cron.
    """

    kind: str
    name: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """A configured source as the store schedules it: its lane and how often it is due.

    ``url`` is a feed's, without secrets: what is remembered of another one is worthless.
    ``backfill`` is how old an article may be that is told when the source is read for the first
    time; None where everything is told at once (a folder).
    """

    name: str
    type: str
    lane_kind: str
    lane_name: str
    every: timedelta
    paused: bool = False
    url: str = ""
    backfill: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between polls.

    The validators are from the last body that was completely recorded; ``full_at`` is when a
    body was last asked for without them. ``moved_to`` is where permanent redirects led.
    ``gap`` is the usual time between two new articles, ``last_new`` when the last one came.
    ``event`` is the last thing it did that people should know, at ``event_at``.
    """

    name: str
    next_due: datetime
    etag: str = ""
    modified: str = ""
    body_hash: str = ""
    failures: int = 0
    error: str = ""
    error_since: datetime | None = None
    last_success: datetime | None = None
    full_at: datetime | None = None
    moved_to: str = ""
    gap: timedelta | None = None
    last_new: datetime | None = None
    event: str = ""
    event_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A document, or part of one, that could not be read, with the reason."""

    source: str
    document: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll of a source brought: documents to ingest, or an error, or neither.

    ``more`` says that the source has further documents waiting (a folder with thousands of
    files). The validators are stored with the last of these documents' articles.
    ``refused`` is what could not even become a document; ``unsettled`` counts what is there
    but may still be written to. ``wait`` is how long until the source is due again, if it says
    so itself.
    """

    source: str
    documents: tuple[Document, ...] = ()
    refused: tuple[Quarantined, ...] = ()
    error: str = ""
    etag: str = ""
    modified: str = ""
    body_hash: str = ""
    full: bool = False
    moved_to: str = ""
    wait: timedelta | None = None
    lane_wait: timedelta | None = None
    event: str = ""
    more: bool = False
    unsettled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What becomes of a source's row in the transaction that records its articles.

    With ``final`` the poll is over: the validators are stored, the source is due again after
    ``wait`` (None: its own interval) and its error is set (or cleared, when empty).
    Without it only articles and quarantine are recorded. The rest is as in `Poll`.
    """

    source: str
    final: bool
    error: str = ""
    etag: str = ""
    modified: str = ""
    body_hash: str = ""
    full: bool = False
    moved_to: str = ""
    wait: timedelta | None = None
    lane_wait: timedelta | None = None
    event: str = ""
    quarantined: tuple[Quarantined, ...] = ()


# --- delivering --------------------------------------------------------------------------------


class Sent(StrEnum):
    """How one transmission ended."""

    DONE = "done"
    #: Refused for good: another try is pointless, but two more are made.
    PERMANENT = "permanent"
    #: Refused for now, or never reached: nothing arrived.
    TEMPORARY = "temporary"
    #: No answer: it may have arrived.
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one transmission; ``retry_after`` only where the receiver asked for it."""

    sent: Sent
    error: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery claimed for sending: its attempt is already counted on disk.

    ``attempt`` counts from 1; ``possible_repeat`` when an earlier attempt may have arrived.
    """

    delivery: Delivery
    lane: Lane
    attempt: int
    created: datetime
    now: datetime
    possible_repeat: bool = False


class DeliveryState(StrEnum):
    """Where a delivery is between outbox and recipient."""

    PENDING = "pending"
    CLAIMED = "claimed"
    LATER = "later"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a claimed delivery: done, later (after ``wait``) or dead."""

    state: DeliveryState
    wait: timedelta = timedelta()
    error: str = ""
    possible_repeat: bool = False
    #: What another channel is given, because this one does not deliver.
    instead: tuple[Delivery, ...] = ()

"""The promises between the pipeline and its adapters: Source, Parser, Channel and Store.

The pipeline knows these and no class behind them; `watcher.app` puts the classes in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from watcher.listing import (
    AlertDetail,
    AlertRow,
    ArticleRow,
    DeliveryRow,
    FurnitureRow,
    Overview,
    RecordedMatch,
    RelatedRow,
    SourceHealth,
    Usefulness,
)
from watcher.model import (
    Alert,
    Answer,
    Article,
    Candidate,
    Claim,
    Decision,
    DeliveryState,
    DigestEntry,
    Document,
    Extraction,
    Held,
    History,
    Lane,
    Match,
    Message,
    Poll,
    PollRecord,
    Quarantined,
    Released,
    Settlement,
    Silence,
    SourceSpec,
    SourceState,
)

T = TypeVar("T")


class Work(Protocol):
    """Runs a function on the one thread that may use the store; the event loop goes on.

    Several functions may share a commit: what one wrote is on disk when its result is there.
    It may be run again from the start when that commit failed.
    """

    async def __call__(self, function: Callable[[], T]) -> T:
        """The function's result, or its exception."""


class Source(Protocol):
    """Where documents come from. Lives in the event loop's thread.

    A source never decides what is new: it may hand over the same document twice.
    """

    @property
    def spec(self) -> SourceSpec:
        """Name, type, lane and interval."""

    @property
    def reads_pages(self) -> bool:
        """True if its articles are teasers, and their text stands on the page they link to."""

    async def page(self, article: Article) -> Document:
        """That page. Raises `FetchError`."""

    async def poll(self, state: SourceState) -> Poll:
        """Look once. An unreachable source is a Poll with an error, not an exception."""

    async def changed(self) -> None:
        """Return when there is reason to poll before the schedule says so (maybe never)."""

    async def acknowledge(self, extractions: Sequence[Extraction]) -> None:
        """What became of the documents of the last poll: called after their commit, never before.

        The process may die in between, so everything here must bear being missed or repeated.
        """

    async def close(self) -> None:
        """Give back sockets and watches."""


class Parser(Protocol):
    """Turns documents into articles where hostile bytes can do no harm."""

    async def parse(
        self, documents: Sequence[Document], *, habits: Collection[str] = ()
    ) -> list[Extraction]:
        """One extraction a document, in order. Never raises for what is in a document.

        ``habits`` are the keys of lines that their source repeats: furniture.
        """

    async def close(self) -> None:
        """End the child."""


class Channel(Protocol):
    """A named place for people. Lives in the event loop's thread.

    A channel sends one message at a time; channels never wait for each other.
    """

    @property
    def name(self) -> str:
        """The name routes and rules use."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """One label an address: unique in the channel, free of secrets, the same every start."""

    @property
    def min_severity(self) -> int:
        """The lowest severity rank that this channel takes."""

    @property
    def takes_embargoed(self) -> bool:
        """True if articles under a press embargo go here at once; elsewhere they wait."""

    def render(self, alert: Alert, article: Article, match: Match) -> Message:
        """The alert in words, in this channel's language; pure and total for any text."""

    def render_digest(
        self, entries: Sequence[DigestEntry]
    ) -> Sequence[tuple[Message, Sequence[DigestEntry]]]:
        """Several alerts in as few messages as this channel takes, each with what it tells of."""

    def relay(self, message: Message, channel: str) -> Message:
        """The message of another channel that does not deliver it, and says so."""

    async def send(self, claim: Claim) -> Answer:
        """One transmission within the channel's deadline. Never raises for what a receiver does."""

    async def close(self) -> None:
        """End the child."""


class Store(Protocol):
    """What may never be lost. Synchronous; used by one thread at a time.

    Every writing method is one transaction that is on disk when the method returns. The clock
    is the database's. Errors are `StoreError`; `LostLease` where another node took the lane.
    """

    def now(self) -> datetime:
        """The database's clock."""

    def sync_sources(self, sources: Sequence[SourceSpec]) -> None:
        """Make the schedule know exactly these sources: new ones are due at once, known ones
        keep state and schedule (but are never due later than their interval from now), others
        are no longer polled or listed but keep their state for when they return."""

    def claim_lane(
        self, kind: str, owner: str, lease: timedelta, *, name: str | None = None
    ) -> Lane | None:
        """Take the most overdue free lane of this kind, or None.

        With ``name`` that very lane, due or not. A lane is free when its lease is over or is
        held by the same owner. Taking it makes every earlier token of it worthless.
        """

    def claim_lanes(self, kind: str, owner: str, lease: timedelta, limit: int) -> list[Lane]:
        """Take so many free lanes of this kind that are due, or fewer, the most overdue first."""

    def sources(self, lane: Lane, *, due_only: bool = True) -> list[SourceState]:
        """The sources of this lane that are not paused, the most overdue first."""

    def release(self, lane: Lane) -> None:
        """Give the lane back; it is due when the first of its sources is. A lost lane is left."""

    def record(
        self,
        lane: Lane,
        poll: PollRecord,
        candidates: Sequence[Candidate],
        decide: Callable[[History], Sequence[Decision]],
        *,
        window: timedelta = ...,
        memory: timedelta = ...,
    ) -> Sequence[Decision]:
        """The one transaction of ingest: fence the lane, read history, decide, write everything.

        ``window`` is how far back articles are compared with the new ones, ``memory`` how far
        back messages count under limits.

        ``decide`` is pure and may be called again after a serialisation failure. Decisions with
        outcome KNOWN store only keys that are missing. A key that another node took meanwhile
        makes its decision KNOWN. Returns what was decided.
        """

    def record_notices(
        self,
        lane: Lane,
        decide: Callable[[History], Sequence[Decision]],
        *,
        watched: Collection[str] | None = ...,
        memory: timedelta = ...,
    ) -> Sequence[Decision]:
        """Record what we have to say ourselves, under a lane of the kind cron: articles without
        keys, traces or matches, which nothing is compared with and no source brought, with their
        alerts. Each is recorded once: an article that is there already is left alone.

        ``watched`` are all rules that count: the store remembers since when it knows them, and the
        history says since when each of them has found nothing. Returns what was recorded.
        """

    def release_held(self, channel: str, compose: Callable[[Sequence[Held]], Released]) -> int:
        """Let go what was held for this channel and is due: in one transaction it is out of the
        hold and in the outbox. ``compose`` is pure and says in which messages. Returns how many
        alerts were held; call it again until there are none."""

    def silences(self) -> Sequence[Silence]:
        """The silences in force, the one that ends first before the others."""

    def add_silence(self, silence: Silence) -> Silence:
        """Begin a silence now, for as long as it says; returned with its id and times."""

    def end_silence(self, start: str) -> int:
        """End the silences whose id starts so; returns how many."""

    def claim_delivery(self, channel: str, owner: str, lease: timedelta) -> Claim | None:
        """Claim the next delivery of this channel that is due: attempts + 1, on disk.

        Takes the channel's lane first; None when nothing is due or another node holds it.
        Deliveries claimed under an older token go back to pending, marked as possible repeat.
        Oldest first.
        """

    def settle(self, claim: Claim, settlement: Settlement) -> None:
        """Done, later or dead, and a line in the delivery log.

        A claim whose lane was lost meanwhile is left alone (the newer owner decides).
        """

    def find_alerts(self, start: str) -> list[str]:
        """The ids of alerts that begin so, three at most."""

    def alert_detail(self, alert: str) -> AlertDetail:
        """What was sent of an alert, each attempt, and what readers said of it."""

    def give_feedback(self, alert: str, *, useful: bool, note: str, author: str) -> None:
        """Remember what a reader thinks of an alert; the last word counts."""

    def usefulness(self) -> dict[str, Usefulness]:
        """By rules, how many of their alerts readers called useful and useless."""

    def judged(self) -> dict[tuple[str, str], bool]:
        """By rule and article, whether readers called their alert useful."""

    def resend(self, alert: str) -> int:
        """Send what there is of an alert once more; what is held goes now. Returns how many."""

    def retry(self, deliveries: Iterable[str]) -> int:
        """Try these deliveries now, dead ones too, as if they were new; how many that are."""

    def drop(self, deliveries: Iterable[str], why: str) -> int:
        """Give these deliveries up for good; how many that are."""

    def recover(self, owner: str) -> int:
        """At the start of a node: end the leases this owner held when it died; returns how many
        deliveries went back to pending, marked as possible repeat."""

    def next_due(self) -> datetime | None:
        """When the next delivery is due, None with an empty outbox."""

    def alerts(
        self,
        *,
        since: datetime | None = None,
        rule: str | None = None,
        channel: str | None = None,
        only: str | None = None,
    ) -> Iterable[AlertRow]:
        """Alerts with their deliveries, newest first; ``only`` is the id of one."""

    def deliveries(self, states: Sequence[DeliveryState]) -> Iterable[DeliveryRow]:
        """Deliveries in these states, oldest first."""

    def article(self, article_id: str) -> ArticleRow | None:
        """An article of the archive with its matches, alerts and story; None without such one."""

    def archived_since(self, since: datetime) -> int:
        """How many articles were seen since then."""

    def walk(self, since: datetime) -> Iterable[tuple[Article, str, tuple[str, ...]]]:
        """The articles seen since then, oldest first, each with its story and the rules that
        found something in it when it came."""

    def matched_since(self, since: datetime) -> Iterable[RecordedMatch]:
        """What rules found since then, oldest first."""

    def named(self, prefix: str, most: int = ...) -> list[str]:
        """The articles whose id, or the id of an alert about them, begins so: at most so many."""

    def filed(self, keys: Iterable[str]) -> list[str]:
        """The articles that these identity keys lead to, in the order of the keys."""

    def titles(self) -> Iterable[RelatedRow]:
        """All articles, newest first; read in pages, so that one may stop at any time."""

    def alike(self, article: Article, since: datetime) -> list[str]:
        """The articles seen since then whose text may be like this one's, the likeliest first."""

    def quarantined(self, part: str) -> Sequence[Quarantined]:
        """What is in quarantine of documents with this in their name, newest first."""

    def overview(self) -> Overview:
        """The store at a glance."""

    def trends(self, days: int) -> dict[str, tuple[int, ...]]:
        """By rules that matched lately, how often on each of the last days, today last."""

    def source_health(self) -> dict[str, SourceHealth]:
        """What each source brings, by name; sources without articles are left out."""

    def tell(self, source: str, event: str) -> None:
        """Remember the last thing a source did that people should know."""

    def hold(self, source: str, held: bool) -> bool:
        """Pause a source by hand, or let it go on; false if there is no such source."""

    def habits(self, source: str) -> frozenset[str]:
        """The keys of the lines that were learned as this source's furniture."""

    def furniture(self, source: str) -> list[FurnitureRow]:
        """Those lines, and the ones that somebody took back; newest first."""

    def keep_line(self, source: str, key: str, kept: bool) -> bool:
        """Take a learned line back (it is text again, for ever), or learn it after all; false if
        there is no such line."""

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of these identity keys that belong to an article already."""

    def note(self, name: str, value: str) -> None:
        """Remember one fact about the running daemon for `overview`; an empty value forgets it."""

    def close(self) -> None:
        """Give back the connection."""

"""The oracle: what became of every message, by the log of those who received it.

What was expected is in it (docs/architecture.md, "The promise"); no message has more copies than
attempts, nor more extra copies than crashes while it was in flight; each channel had one in flight
at most; and every copy but the first says so under the same alert id.

A message is an alert or a digest to one recipient: a digest that comes twice is one extra copy,
however many articles it tells of.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import Home, Loopback

REPEAT = "Mogelijk een herhaling"

#: Alert id (of a digest: its first), channel, recipient.
Message = tuple[str, str, str]


@dataclass
class Findings:
    """What the oracle saw, in words; nothing is wrong when ``wrong`` is empty."""

    wrong: list[str] = field(default_factory=list)
    extra: int = 0


def in_flight(home: Home, scratch: str) -> list[Message]:
    """The messages that were on their way when the process died."""
    sql = "SELECT alert_id, channel, recipient FROM delivery WHERE state = 'claimed'"
    return home.snapshot(sql, scratch)


def inspect_store(home: Home) -> list[str]:
    """What must hold in the store at every moment, also right after a crash."""
    wrong = [f"integrity: {row}" for row in home.rows("PRAGMA integrity_check") if row != ("ok",)]
    wrong += [f"foreign key: {row}" for row in home.rows("PRAGMA foreign_key_check")]
    checks = {
        "article that a rule should match without its alert": """
            SELECT id, title FROM article WHERE text LIKE '%embargo%'
            AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.article = article.id)""",
        "match without its alert": """
            SELECT article_id, rule FROM rule_match WHERE NOT EXISTS (SELECT 1 FROM alert
            WHERE alert.article = article_id AND alert.rule = rule_match.rule)""",
        "alert without its outbox rows": """
            SELECT id, channels FROM alert WHERE suppressed = 0 AND (
                SELECT COUNT(DISTINCT channel) FROM delivery
                LEFT JOIN digest ON digest.delivery_id = delivery.id
                WHERE delivery.alert_id = alert.id OR digest.alert_id = alert.id
            ) <> json_array_length(channels)""",
        "settled more often than tried": """
            SELECT id, attempts FROM delivery WHERE attempts < (
                SELECT COUNT(*) FROM delivery_log WHERE delivery_id = delivery.id)""",
        "done without an attempt": """
            SELECT id FROM delivery WHERE state = 'done' AND attempts = 0""",
    }
    for what, sql in checks.items():
        wrong += [f"{what}: {row}" for row in home.rows(sql)]
    return wrong


#: What each recipient of each channel got, as (alert id, text), oldest first.
Received = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def received(loopback: Loopback, channel: str, *hooks: str) -> dict[tuple[str, str], Any]:
    """The log of a channel's receivers, in the order of its URLs, under the recipients' labels."""
    label = f"json://127.0.0.1:{loopback.port}"
    labels = [label, *(f"{label} #{number}" for number in range(2, len(hooks) + 1))]
    return {
        (channel, name): [(one.alert, one.text) for one in loopback.hooked(hook)]
        for name, hook in zip(labels, hooks, strict=True)
    }


def written(path: Path, channel: str) -> dict[tuple[str, str], Any]:
    """The same of a file channel; a line that was cut off is none."""
    lines = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            lines.append((value["alert"], f"{value['title']}\n{value['text']}"))
    return {(channel, path.name): lines}


def judge(
    home: Home,
    got: Received,
    *,
    expected: Sequence[str],
    crashes: Sequence[Sequence[Message]] = (),
    ambiguous: int = 0,
) -> Findings:
    """Compare what was received with what must have arrived at every recipient.

    ``expected`` are the names of articles (`article`, `rss`); ``crashes`` is what was in flight at
    each; ``ambiguous`` is how many attempts had no certain end without a crash: a child was
    killed, or what came of them could not be written.
    """
    found = Findings(inspect_store(home))
    for (channel, recipient), messages in got.items():
        for name in expected:
            mine = [one for one in messages if f"Bericht {name} over" in one[1]]
            found.wrong += _judge_article(mine, f"{name} at {channel} ({recipient})")
        found.wrong += _judge_words(messages, f"{channel} ({recipient})")
    found.wrong += _judge_crashes(crashes)
    copies = Counter((alert, *place) for place, told in got.items() for alert, _ in told)
    found.extra = copies.total() - len(copies)
    found.wrong += _judge_attempts(home, copies)
    found.wrong += _judge_repeats(copies, crashes, ambiguous)
    return found


def _judge_article(mine: Sequence[tuple[str, str]], what: str) -> Iterator[str]:
    if not mine:
        yield f"LOST: {what}"
    if len({alert for alert, _ in mine}) > 1:
        yield f"{what} has several alert ids"


def _judge_words(messages: Iterable[tuple[str, str]], place: str) -> Iterator[str]:
    """Every copy but the first must say that it may be one."""
    seen: set[str] = set()
    for alert, text in messages:
        if alert in seen and REPEAT not in text:
            yield f"{alert} at {place} was repeated without saying so"
        seen.add(alert)


def _judge_crashes(crashes: Iterable[Iterable[Message]]) -> Iterator[str]:
    """Without this, whoever claims more than it sends might repeat all of that."""
    for number, messages in enumerate(crashes, start=1):
        for channel, count in Counter(channel for _, channel, _ in messages).items():
            if count > 1:
                yield f"crash {number}: {count} messages of {channel} were in flight at once"


def _judge_attempts(home: Home, copies: Mapping[Message, int]) -> Iterator[str]:
    attempts = {
        (alert, channel, recipient): tries
        for alert, channel, recipient, tries in home.rows(
            "SELECT alert_id, channel, recipient, attempts FROM delivery"
        )
    }
    for message, count in copies.items():
        tries = attempts.get(message, 0)
        if count > tries:
            yield f"{message}: {count} copies, but {tries} attempts"


def _judge_repeats(
    copies: Mapping[Message, int], crashes: Iterable[Iterable[Message]], ambiguous: int
) -> Iterator[str]:
    flights = Counter(message for messages in crashes for message in messages)
    unexplained = {
        message: count - 1 - flights[message]
        for message, count in copies.items()
        if count - 1 > flights[message]
    }
    if sum(unexplained.values()) > ambiguous:
        for message in unexplained:
            yield (
                f"{message}: {copies[message] - 1} extra copies, "
                f"but {flights[message]} crashes while it was in flight"
            )

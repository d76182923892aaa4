"""Labelled news through the real stages and a real store: copies, stories, alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from watcher.alerts import Route
from watcher.articles.extract import extract
from watcher.batch import Policy
from watcher.decisions import Desk, judge
from watcher.dedup import identify
from watcher.model import Decision, Document, Outcome, PollRecord, SourceSpec
from watcher.rules.link import link
from watcher.rules.load import parse_rules
from watcher.rules.match import RuleSet
from watcher.store.store import open_store

_COPIES = {"copy", "cut", "headline-changed", "boilerplate-added", "numbers-corrected"}


@dataclass(frozen=True)
class Item:
    """A labelled item and what was decided about it."""

    label: dict[str, Any]
    decision: Decision

    @property
    def story(self) -> str:
        return self.decision.verdict.story


@pytest.fixture(scope="module")
def items(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Item]:
    """Every item of the shared set, recorded one after the other at its own time."""
    folder = shared / "stories"
    labels = [json.loads(line) for line in (folder / "stories.jsonl").read_text().splitlines()]
    rules, problems = link([parse_rules((folder / "rules.yaml").read_text(), "rules.yaml")])
    assert problems == []
    return list(_record(labels, RuleSet(rules), tmp_path_factory.mktemp("stories")))


def _record(labels: list[dict[str, Any]], rules: RuleSet, folder: Path) -> Iterator[Item]:
    now = [datetime.fromisoformat(labels[0]["published"])]
    store = open_store(f"sqlite:{folder}/watcher.db", clock=lambda: now[0])
    names = sorted({label["source"] for label in labels})
    store.sync_sources(
        [
            SourceSpec(
                name=name, type="feed", lane_kind="host", lane_name=name,
                every=timedelta(minutes=10),
            )
            for name in names
        ]
    )  # fmt: skip
    policy = Policy(routes=(Route(to=("piket",)),), floors={}, window=timedelta(hours=72))
    desk = Desk(rules=rules, policy=policy, channels={"piket": _Silent()})  # type: ignore[dict-item]
    for label in labels:
        now[0] = datetime.fromisoformat(label["published"])
        lane = store.claim_lane("host", "node", timedelta(minutes=2), name=label["source"])
        assert lane is not None
        candidates = identify(extract(_document(label)))
        (decision,) = store.record(
            lane,
            PollRecord(source=label["source"], final=True),
            candidates,
            lambda history, c=candidates: judge(c, history, desk),  # type: ignore[misc]
        )
        yield Item(label, decision)
    store.close()


class _Silent:
    """A channel without recipients: what is decided is looked at, not what is sent."""

    name = "piket"
    recipients: tuple[str, ...] = ()
    min_severity = 0
    takes_embargoed = False

    def render(self, *_: object) -> None:
        """Nothing."""


def _document(label: dict[str, Any]) -> Document:
    item = {
        "id": label["guid"] or label["url"],
        "url": label["url"],
        "title": label["title"],
        "content_text": label["text"],
        "date_published": label["published"],
        "language": label["language"],
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [item]}
    return Document(
        source=label["source"],
        name="feed",
        body=json.dumps(feed).encode(),
        seen=datetime.fromisoformat(label["published"]),
        expects="feed",
    )


def _same_copy(items: list[Item]) -> dict[str, str]:
    """Each item's id to the first of those it is a near-copy of, by the labels."""
    first: dict[str, str] = {}
    for item in items:
        label = item.label
        near = label["relation"] in _COPIES or label.get("edit") == "light"
        first[label["id"]] = first.get(label["relates_to"], label["id"]) if near else label["id"]
    return first


def _decided_copies(items: list[Item]) -> dict[str, str]:
    """The same by what was decided."""
    ids = {item.decision.candidate.article.id: item.label["id"] for item in items}
    first: dict[str, str] = {}
    for item in items:
        verdict = item.decision.verdict
        mine = item.label["id"]
        near = (verdict.outcome is Outcome.DUPLICATE or verdict.copied) and verdict.of in ids
        first[mine] = first[ids[verdict.of]] if near and verdict.of else mine
    return first


def _figures(
    items: list[Item], labelled: dict[str, str], found: dict[str, str]
) -> tuple[float, float]:
    """Precision and recall over pairs of items."""
    ids = [item.label["id"] for item in items]
    both = claimed = wanted = 0
    for one, two in combinations(ids, 2):
        same, said = labelled[one] == labelled[two], found[one] == found[two]
        both += same and said
        claimed += said
        wanted += same
    return both / claimed, both / wanted


def test_near_copies_are_found_and_nothing_else(items: list[Item]) -> None:
    precision, recall = _figures(items, _same_copy(items), _decided_copies(items))
    print(f"near-copies: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.99
    assert recall >= 0.95


def test_items_of_one_event_are_one_story(items: list[Item]) -> None:
    labelled = {item.label["id"]: item.label["story"] for item in items}
    precision, recall = _figures(items, labelled, {one.label["id"]: one.story for one in items})
    print(f"stories: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.98
    assert recall >= 0.85


def test_what_is_new_is_told_and_nothing_twice(items: list[Item]) -> None:
    wrong = []
    asked = [item for item in items if item.label.get("alert_again") is not None]
    for item in asked:
        told = any(
            alert.rule == item.label["rule"] and not alert.suppressed
            for alert in item.decision.alerts
        )
        if told is not item.label["alert_again"]:
            reasons = [alert.reason for alert in item.decision.alerts]
            wrong.append((item.label["id"], item.label["reason"], item.label["title"], reasons))
    right = 1 - len(wrong) / len(asked)
    print(f"alert again: {right:.3f} right", *wrong, sep="\n")
    assert right >= 0.95

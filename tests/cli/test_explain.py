"""`watcher explain` from outside: documents, archived articles, both languages, JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from watcher.model import DeliveryState, Settlement
from watcher.store.store import open_store

Run = Callable[..., Any]
RULES = """
define:
  bestand: [staakt-het-vuren, wapenstilstand]
rules:
  - id: bestand-ver
    title: Bestand ver weg
    severity: high
    match: {near: [$bestand, Oekraïne], within: 3}
  - id: concept
    status: draft
    match: wapenstilstand
  - id: brief-alleen
    match: wapenstilstand
    where: {kind: [brief]}
"""
TEXT = "De wapenstilstand die de partijen vorige week sloten geldt niet in Oekraïne."


@pytest.fixture
def rules(project: Path) -> Path:
    """More rules than the project has."""
    path = project / "rules" / "meer.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def drop(project: Path, name: str, text: str) -> None:
    (project / "drop" / name).write_text(text, encoding="utf-8")


@pytest.fixture
def page() -> Iterator[str]:
    """The URL of a page on a loopback server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/artikel" else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(TEXT.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_text_shows_what_matches_and_what_nearly_does(rules: Path, watcher: Run) -> None:
    result = watcher("explain", "-", stdin=TEXT.encode())
    assert (result.status, result.err) == (0, "")
    assert "✓ concept: matches" in result.out
    assert "status: draft" in result.out
    assert "✗ brief-alleen: where: kind is article, wanted brief" in result.out
    assert "✗ bestand-ver: near ≤ 3: closest 9 words apart" in result.out
    assert "De »wapenstilstand« die" in result.out
    assert result.out.index("✗ brief-alleen") < result.out.index("✗ bestand-ver")


def test_one_rule_shows_its_tree_in_dutch(rules: Path, watcher: Run) -> None:
    result = watcher("explain", "-", "--rule", "bestand-ver", "--lang", "nl", stdin=TEXT.encode())
    assert "✗ bestand-ver: past niet  Bestand ver weg (high, rules/meer.yaml:5)" in result.out
    assert "op zijn dichtst 9 woorden uit elkaar" in result.out
    assert "✓ $bestand: »wapenstilstand«" in result.out
    assert '✓ "Oekraïne": »Oekraïne«' in result.out
    assert (
        "»wapenstilstand« die de partijen vorige week sloten geldt niet in »Oekraïne«" in result.out
    )


def test_the_same_facts_as_json(rules: Path, watcher: Run, project: Path) -> None:
    (project / "a.txt").write_text(TEXT, encoding="utf-8")
    (row,) = watcher("explain", "a.txt", "--rule", "bestand-ver", "--json").rows
    (rule,) = row["rules"]
    assert (rule["rule"], rule["matches"], rule["line"]) == ("bestand-ver", False, 5)
    assert (rule["cause"]["code"], rule["cause"]["values"]) == (
        "near-far",
        {"words": 9, "within": 3},
    )
    for place in rule["cause"]["places"]:
        assert row["article"]["text"][place["start"] : place["end"]] == place["text"]
    assert [child["name"] for child in rule["tree"]["children"]] == ["$bestand", None]
    assert row["life"] is None
    (row,) = watcher("explain", "a.txt", "--json").rows
    assert [one["rule"] for one in row["rules"]] == ["concept"]
    assert [one["rule"] for one in row["nearest"]] == ["brief-alleen", "bestand-ver"]


def test_a_strip_is_explained_article_by_article(rules: Path, watcher: Run, root: Path) -> None:
    strip = str(root / "samples" / "strook.txt")
    result = watcher("explain", strip, "--rule", "bestand-ver")
    lines = [line for line in result.out.splitlines() if "bestand-ver:" in line]
    assert len(lines) == 6
    assert "✓ $bestand: »staakt-het-vuren«" in result.out
    one = watcher("explain", strip, "--part", "3", "--json").rows
    assert [row["article"]["place"] for row in one] == ["ANKARA"]
    assert watcher("explain", strip, "--part", "9").status == 2


def test_a_url_is_read(rules: Path, watcher: Run, project: Path, page: str) -> None:
    config = project / "config.toml"
    config.write_text(config.read_text() + '[fetch]\nallow_private = ["127.0.0.0/8"]\n')
    assert "✗ bestand-ver" in watcher("explain", f"{page}/artikel").out
    missing = watcher("explain", f"{page}/weg")
    assert (missing.status, "HTTP 404" in missing.err) == (1, True)


def test_what_is_meant_must_exist(project: Path, watcher: Run) -> None:
    assert watcher("explain", "nergens.txt").status == 1
    assert watcher("explain", "abc123").status == 69, "there is no store yet"
    (project / "a.txt").write_text("Een embargo.", encoding="utf-8")
    wrong = watcher("explain", "a.txt", "--rule", "embarg")
    assert (wrong.status, 'did you mean "embargo"?' in wrong.err) == (2, True)
    drop(project, "b.txt", "Een embargo.")
    watcher("run", "--once")
    unknown = watcher("explain", "abc123")
    assert (unknown.status, "no article and no alert" in unknown.err) == (2, True)


def test_the_life_of_an_archived_article(project: Path, watcher: Run) -> None:
    config = project / "config.toml"
    config.write_text(
        config.read_text()
        + '[[source]]\nname = "krant"\ntype = "folder"\npath = "krant"\nsettle = "50ms"\n'
        + '[[channel]]\nname = "dicht"\nurl = "json://127.0.0.1:9/"\n'
        + '[[route]]\nto = ["dicht"]\n'
    )
    (project / "krant").mkdir()
    text = "Er is brand en stilte en een embargo in de haven van Sint-Joris, meldt de brandweer."
    drop(project, "a.txt", text)
    watcher("run", "--once")
    (project / "krant" / "b.txt").write_text(text, encoding="utf-8")
    watcher("run", "--once")
    alerts = watcher("alerts", "--json").rows
    first = next(row for row in alerts if row["source"] == "wire" and row["rule"] == "embargo")
    copy = next(row for row in alerts if row["source"] == "krant" and row["rule"] == "embargo")

    told = watcher("explain", first["id"][:8])
    assert "✓ embargo: alert " + first["id"] in told.out
    assert "piket (" in told.out
    assert ": sent 20" in told.out
    assert "attempt 1 failed, next try 20" in told.out
    assert "also in this story:" in told.out

    dutch = watcher("explain", copy["article"], "--rule", "embargo", "--lang", "nl")
    assert "dezelfde tekst als" in dutch.out or "the same text as" in dutch.out
    assert f"niet gemeld: dezelfde tekst is al gemeld (melding {first['id']})" in dutch.out

    (row,) = watcher("explain", copy["article"], "--json").rows
    life = row["life"]
    assert life["duplicate_of"] == first["article"]
    assert [one["id"] for one in life["others"]] == [first["article"]]
    assert {one["reason"].split(",")[0] for one in life["alerts"]} == {
        f"the same text as article {first['article']} from wire"
    }

    store = open_store(
        f"sqlite:{project}/state/watcher.db", clock=lambda: datetime.now(UTC) + timedelta(days=1)
    )
    claimed = store.claim_delivery("dicht", "test", timedelta(minutes=1))
    assert claimed is not None
    store.settle(claimed, Settlement(state=DeliveryState.DEAD, error="550 unknown"))
    store.close()
    assert "given up after 2 attempts" in watcher("explain", first["id"]).out

    rules = project / "rules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("match: embargo", "match: zeppelin"))
    rules.write_text(rules.read_text().replace("tests: [{match: Een embargo.}]", "tests: []"))
    changed = watcher("explain", first["id"]).out
    assert "! embargo: matched when it came in, and does not any more" in changed


def test_a_revision_says_what_changed(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Een embargo.")
    watcher("run", "--once")
    (alert,) = watcher("alerts", "--json").rows
    database = project / "state" / "watcher.db"
    import sqlite3

    connection = sqlite3.connect(database)
    changes = json.dumps(["- Een embargo.", "+ Een boycot."])
    connection.execute("UPDATE article SET changes = ?", (changes,))
    connection.commit()
    connection.close()
    out = watcher("explain", alert["article"]).out
    assert "changed since the text before:\n    - Een embargo.\n    + Een boycot." in out

"""`watcher source` as people use it: lists, probes, OPML both ways, pausing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

Run = Callable[..., Any]

FEED = """<rss version="2.0"><channel><title>Ormbode</title>
<item><title>Embargo op graan</title><guid>1</guid><link>http://HOST/een</link>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>Kort.</description></item>
<item><title>Tweede bericht</title><guid>2</guid>
<pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
PAGE = """<!doctype html><html lang="nl"><head><title>Embargo op graan</title>
<link rel="alternate" type="application/rss+xml" href="/rss"></head><body><article>
<h1>Embargo op graan</h1><p>Het kabinet heeft vrijdag besloten om de invoer van graan uit het
buurland te verbieden, zo meldt een woordvoerder van het ministerie in een korte verklaring.</p>
<p>De boeren in het noorden reageren verdeeld op het besluit, dat volgens hen te laat komt en te
weinig oplevert voor wie het afgelopen jaar al schade leed door de droogte.</p></article></body>"""
OPML = """<?xml version="1.0"?><opml version="2.0"><head/><body>
<outline text="Buitenland &amp; EU"><outline text="Ormbode" xmlUrl="http://HOST/rss"/>
<outline text="Ormbode" xmlUrl="http://HOST/ander?a=1&amp;b=2"/></outline>
<outline text="x" xmlUrl="ftp://ergens/"/><outline text="y" xmlUrl="http://HOST/rss"/>
</body></opml>"""


class _Site(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {"/rss": FEED, "/een": PAGE}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """A page, or 404."""
        self.asked.append(self.path)
        body = self.pages.get(self.path, "").replace("HOST", self.headers["Host"]).encode()
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a small site on the loopback network."""
    _Site.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_project(project: Path) -> Path:
    """A project whose feeds may be on this machine."""
    config = project / "config.toml"
    config.write_text(f'{config.read_text()}\n[fetch]\nallow_private = ["127.0.0.0/8"]\n')
    return project


def test_a_probe_says_what_a_feed_would_bring(open_project: Path, watcher: Run, site: str) -> None:
    (found,) = watcher("source", "probe", f"{site}/rss", "--json").rows
    assert (found["articles"], found["dated"], found["error"]) == (2, 2, None)
    assert found["titles"] == ["Embargo op graan", "Tweede bericht"]
    assert found["newest"] == "2026-11-20T11:00:00+01:00"
    assert 'fetch = "full"' in watcher("source", "probe", f"{site}/rss").out


def test_a_probe_of_a_page_names_its_feeds(open_project: Path, watcher: Run, site: str) -> None:
    done = watcher("source", "probe", f"{site}/een")
    assert done.status == 1
    assert f"an HTML page, not a feed; it links to the feeds {site}/rss" in done.err


def test_a_probe_asks_no_private_address(project: Path, watcher: Run, site: str) -> None:
    done = watcher("source", "probe", f"{site}/rss")
    assert (done.status, _Site.asked) == (1, [])
    assert "loopback address" in done.err


def test_a_feed_is_added_and_listed(open_project: Path, watcher: Run, site: str) -> None:
    config = open_project / "config.toml"
    before = config.read_text()
    assert watcher("source", "add", f"{site}/rss", "--tag", "eu", "--every", "5m").status == 0
    assert config.read_text().startswith(before)
    one = watcher("source", "list", "--json").rows[-1]
    assert (one["name"], one["url"], one["tags"]) == ("127.0.0.1", f"{site}/rss", ["eu"])
    assert (one["state"], one["every_s"], one["articles"]) == ("new", 300, 0)
    again = watcher("source", "add", f"{site}/rss")
    assert (again.status, "already" in again.err) == (2, True)


def test_what_cannot_be_read_is_not_added(open_project: Path, watcher: Run, site: str) -> None:
    config = open_project / "config.toml"
    before = config.read_text()
    assert watcher("source", "add", f"{site}/weg").status == 1
    assert watcher("source", "add", f"{site}/rss", "--every", "soms").status == 78
    assert config.read_text() == before
    assert watcher("source", "add", f"{site}/weg", "--no-probe").status == 0


def test_lists_of_feeds_come_and_go(open_project: Path, watcher: Run, site: str) -> None:
    opml = open_project / "lijst.opml"
    opml.write_text(OPML.replace("HOST", site.removeprefix("http://")))
    done = watcher("source", "import", str(opml))
    assert (done.status, "2 feeds added" in done.out, "ftp://" in done.err) == (0, True, True)
    feeds = [one for one in watcher("source", "list", "--json").rows if one["type"] == "feed"]
    assert [(one["name"], one["tags"]) for one in feeds] == [
        ("ormbode", ["buitenland-eu"]),
        ("ormbode-2", ["buitenland-eu"]),
    ]
    out = open_project / "uit.opml"
    assert watcher("source", "export", str(out)).status == 0
    assert f'xmlUrl="{site}/ander?a=1&amp;b=2"' in out.read_text()
    assert "0 feeds added" in watcher("source", "import", str(out)).out
    opml.write_text("<html></html>")
    refused = watcher("source", "import", str(opml))
    assert (refused.status, "no OPML" in refused.err) == (1, True)


def test_a_paused_source_is_not_asked_until_it_is_resumed(
    open_project: Path, watcher: Run, site: str
) -> None:
    assert watcher("source", "add", f"{site}/rss", "--name", "bode").status == 0
    assert watcher("source", "pause", "bode").status != 0  # never polled
    assert watcher("run", "--once").status == 0
    asked = len(_Site.asked)
    assert watcher("source", "pause", "bode").status == 0
    assert watcher("run", "--once").status == 0
    assert len(_Site.asked) == asked
    assert watcher("source", "list", "--json").rows[-1]["state"] == "paused"
    assert watcher("source", "resume", "bode").status == 0
    assert watcher("run", "--once").status == 0
    assert len(_Site.asked) == asked + 1
    assert watcher("source", "pause", "niets").status == 2


def test_a_source_shows_what_it_brings(open_project: Path, watcher: Run, site: str) -> None:
    assert watcher("source", "add", f"{site}/rss", "--name", "bode").status == 0
    assert watcher("run", "--once").status == 0
    one = watcher("source", "list", "--json").rows[-1]
    assert (one["state"], one["articles"], one["articles_day"]) == ("ok", 2, 2)
    shown = watcher("source", "list").out
    assert "2 articles in 24 hours" in shown
    _Site.pages["/stuk"] = ""
    assert watcher("source", "add", f"{site}/stuk", "--no-probe", "--name", "stuk").status == 0
    watcher("run", "--once")
    assert "! HTTP 404" in watcher("source", "list").out


@pytest.mark.parametrize("full", [True, False])
def test_a_teaser_gets_the_text_of_its_page_once(
    open_project: Path, watcher: Run, site: str, full: bool
) -> None:
    config = open_project / "config.toml"
    fetch = "full" if full else "summary"
    config.write_text(
        f'{config.read_text()}\n[[source]]\nname = "bode"\ntype = "feed"\n'
        f'url = "{site}/rss"\nfetch = "{fetch}"\nbackfill = "9999d"\n'
    )
    (open_project / "rules" / "boer.yaml").write_text(
        "rules:\n  - {id: boer, match: boeren, alert: {to: [piket]}, tests: [{match: boeren}]}\n"
    )
    for _ in range(2):
        assert watcher("run", "--once").status == 0
    assert _Site.asked.count("/een") == (1 if full else 0)
    assert bool(watcher("alerts", "--rule", "boer", "--json").rows) is full


def test_a_url_can_be_tried(open_project: Path, watcher: Run, site: str) -> None:
    (one,) = watcher("try", f"{site}/een", "--json").rows
    assert one["article"]["title"] == "Embargo op graan"
    assert "boeren in het noorden" in one["article"]["text"]
    assert [match["rule"] for match in one["matches"]] == ["embargo"]
    assert watcher("try", f"{site}/weg").status == 1

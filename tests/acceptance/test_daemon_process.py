"""`watcher run` as operators start it: real files, feeds, receivers and signals."""

from __future__ import annotations

import gzip
import os
import signal
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from harness import (
    PATIENCE_S,
    RULES,
    Daemon,
    Home,
    Loopback,
    article,
    block,
    free_port,
    rss,
    wait_until,
)
from oracle import inspect_store, judge, received

SIXTY = [f"zestig-{number}" for number in range(60)]
MAX_BYTES = 50_000


# --- one daemon for everything that disturbs nobody --------------------------------------------


class Busy:
    """A daemon with a drop folder, a dozen feeds, and one receiver."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.loopback = Loopback()
        self.stamp = 0
        feeds = {
            "zestig": self.plain(rss(SIXTY)),
            "etag": self.conditional,
            "gzip": self.packed(gzip.compress(rss(["gzip"]))),
            "deelgzip": self.packed(gzip.compress(rss(["deelgzip"]))[:-20]),
            "groot": self.plain(b"<rss>" + b" " * MAX_BYTES),
            "bom": self.packed(gzip.compress(b" " * 10_000_000)),
            "html": self.plain(b"<!doctype html><title>Storing</title>"),
            "stuk": lambda _: (500, {}, b""),
            "afgebroken": self.cut_off,
            "dubbel": self.ever_another,
        }
        urls = {name: self.loopback.feed(name, page) for name, page in feeds.items()}
        # A server of its own: sources of one host wait for each other.
        self.slow_server = Loopback()
        urls["traag"] = self.slow_server.feed("traag", self.slow)
        urls["dicht"] = f"http://127.0.0.1:{free_port()}/"
        self.home.standard(
            self.loopback,
            block("fetch", timeout="1s", max_bytes=MAX_BYTES),
            *(
                block("source", name=name, type="feed", url=url, every="1s")
                for name, url in urls.items()
            ),
        )
        self.daemon = self.home.start()

    def plain(self, body: bytes) -> Callable[[Any], Any]:
        return lambda _: (200, {}, body)

    def packed(self, body: bytes) -> Callable[[Any], Any]:
        return lambda _: (200, {"Content-Encoding": "gzip"}, body)

    def conditional(self, handler: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        if handler.headers["If-None-Match"] == '"v1"':
            return 304, {"ETag": '"v1"'}, b""
        return 200, {"ETag": '"v1"'}, rss(["etag"])

    def ever_another(self, _: object) -> tuple[int, dict[str, str], bytes]:
        self.stamp += 1
        return 200, {}, rss(["dubbel"], stamp=str(self.stamp))

    def slow(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while True:  # until the client hangs up
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    def cut_off(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(rss(["afgebroken"]))
        handler.close_connection = True

    def arrived(self, name: str) -> int:
        """How often the alert of this article arrived."""
        return sum(f"Bericht {name} over" in one.text for one in self.loopback.hooked("piket"))

    def expect(self, name: str) -> None:
        """Wait until it has arrived."""
        wait_until(lambda: self.arrived(name), f"the alert for {name}")

    def let_pass(self, name: str) -> None:
        """Drop a good file and wait for its alert: whatever came before it has been looked at."""
        self.home.drop(f"{name}.txt", article(name))
        self.expect(name)

    def error_of(self, source: str) -> str:
        rows = self.home.rows(f"SELECT error FROM source WHERE name = '{source}'")
        return str(rows[0][0]) if rows else ""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    """The shared daemon; at the end it must still run, stop cleanly and have lost nothing."""
    busy = Busy(tmp_path_factory.mktemp("busy"))
    try:
        yield busy
        assert busy.daemon.process.poll() is None
        assert busy.daemon.stop() == 0
        assert inspect_store(busy.home) == []
    finally:
        busy.home.stop_all()
        busy.loopback.close()
        busy.slow_server.close()


def test_a_file_that_is_renamed_in_becomes_an_alert_and_moves_to_done(busy: Busy) -> None:
    target = busy.home.drop("hernoemd.txt", article("hernoemd"))
    busy.expect("hernoemd")
    wait_until(lambda: not target.exists(), "the move to done/")
    assert (busy.home.drop_folder / "done" / "hernoemd.txt").read_text() == article("hernoemd")
    assert busy.arrived("hernoemd") == 1


def test_a_file_that_grows_is_not_read_before_it_is_complete(busy: Busy) -> None:
    text = article("groeit")
    with (busy.home.drop_folder / "groeit.txt").open("w") as file:
        file.write(text)
        busy.home.drop("ander.txt", article("ander"))
        end = time.monotonic() + PATIENCE_S
        # Never quiet for as long as `settle`, until another file has gone the whole way twice.
        while not busy.arrived("ander") and time.monotonic() < end:
            file.write("Nog een zin. ")
            file.flush()
            time.sleep(0.05)
        assert busy.arrived("ander")
        assert not busy.arrived("groeit")
        file.write("En dit is het slot.")
    busy.expect("groeit")
    done = busy.home.drop_folder / "done" / "groeit.txt"
    wait_until(done.exists, "the move to done/")
    rows = busy.home.rows("SELECT text FROM article WHERE document = 'groeit.txt'")
    assert len(rows) == 1
    assert "En dit is het slot." in rows[0][0]


def test_hidden_and_unfinished_names_wait_until_they_are_renamed(busy: Busy) -> None:
    names = [".punt.txt", "deel.txt.part", "DEEL.TMP", "deel.crdownload", "deel.filepart"]
    for name in names:
        (busy.home.drop_folder / name).write_text(article(f"wacht{names.index(name)}"))
    busy.let_pass("voorbij")
    assert {one.name for one in busy.home.drop_folder.iterdir()} >= set(names)
    assert not busy.arrived("wacht1")
    os.rename(busy.home.drop_folder / "deel.txt.part", busy.home.drop_folder / "deel.txt")
    busy.expect("wacht1")
    for name in (".punt.txt", "DEEL.TMP", "deel.crdownload", "deel.filepart"):
        (busy.home.drop_folder / name).unlink()


def _symlink(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _hard_link(path: Path) -> None:
    other = path.parent.parent / "outside" / "tweede-naam"
    other.write_text(article("harde-koppeling"))
    os.link(other, path)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "symlink": (_symlink, "symbolic link"),
    "fifo": (lambda path: os.mkfifo(path), "no ordinary file"),
    "hardlink": (_hard_link, "second name"),
    "empty": (lambda path: path.touch(), "empty"),
    "blank": (lambda path: path.write_bytes(b" \n\n"), "empty"),
    "large": (lambda path: path.write_bytes(b"x " * MAX_BYTES), "at most 50,000"),
    "binary": (lambda path: path.write_bytes(bytes(range(9)) * 99), "not text"),
    "html": (lambda path: path.write_bytes(b"<!doctype html><p>embargo"), "HTML"),
}


@pytest.fixture(scope="module")
def bad_files(busy: Busy) -> Busy:
    """The shared daemon, after all of them were dropped."""
    for name, (make, _) in BAD.items():
        make(busy.home.drop_folder / f"{name}.txt")
    failed = busy.home.drop_folder / "failed"
    reasons = [failed / f"{name}.txt.reason.txt" for name in BAD]
    wait_until(lambda: all(one.exists() for one in reasons), "eight files in failed/")
    return busy


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_goes_to_failed_with_its_reason(bad_files: Busy, name: str) -> None:
    failed = bad_files.home.drop_folder / "failed"
    assert os.path.lexists(failed / f"{name}.txt")
    assert BAD[name][1] in (failed / f"{name}.txt.reason.txt").read_text()
    assert not os.path.lexists(bad_files.home.drop_folder / f"{name}.txt")


def test_bad_files_are_in_quarantine_and_the_next_good_one_goes_through(bad_files: Busy) -> None:
    bad_files.let_pass("na-de-slechte")
    status = bad_files.home.json("status")
    listed = {one["document"]: one for one in status["quarantine"]}
    for name, (_, reason) in BAD.items():
        assert reason in listed[f"{name}.txt"]["reason"]
        assert listed[f"{name}.txt"].keys() == {"source", "document", "reason", "at"}
    assert not status["healthy"]


def test_a_feed_with_sixty_items_gives_sixty_alerts(busy: Busy) -> None:
    wait_until(lambda: all(busy.arrived(name) for name in SIXTY), "sixty alerts")
    assert [busy.arrived(name) for name in SIXTY] == [1] * 60


def test_a_feed_is_asked_only_for_what_changed(busy: Busy) -> None:
    busy.expect("etag")
    wait_until(lambda: len(busy.loopback.got("/etag")) >= 3, "three polls")
    first, *others = busy.loopback.got("/etag")
    assert "if-none-match" not in first.headers
    assert {one.headers.get("if-none-match") for one in others} == {'"v1"'}
    assert busy.error_of("etag") == ""
    assert busy.arrived("etag") == 1


def test_a_compressed_feed_is_read(busy: Busy) -> None:
    busy.expect("gzip")
    assert busy.loopback.got("/gzip")[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("deelgzip", "cut off"),
        ("afgebroken", "cut off"),
        ("groot", "larger than 50,000 bytes"),
        ("bom", "larger than 50,000 bytes"),
        ("html", "HTML page, not a feed"),
        ("stuk", "HTTP 500"),
        ("dicht", "cannot connect"),
        ("traag", "no complete answer within 1 s"),
    ],
)
def test_an_answer_that_is_no_feed_is_an_error_and_nothing_is_stored(
    busy: Busy, source: str, error: str
) -> None:
    wait_until(lambda: error in busy.error_of(source), f'"{error}" for {source}')
    ((articles, success, etag, body),) = busy.home.rows(
        f"SELECT articles, last_success, etag, body_hash FROM source WHERE name = '{source}'"
    )
    assert (articles, success, etag, body) == (0, None, "", "")
    assert busy.home.rows(f"SELECT * FROM article WHERE source = '{source}'") == []


def test_status_tells_of_every_source_that_fails(busy: Busy) -> None:
    wait_until(lambda: busy.error_of("traag") and busy.error_of("dicht"), "errors")
    status = busy.home.json("status")
    assert status["running"] is True
    assert {
        "version", "running", "started", "healthy", "problems", "sources", "channels", "queue",
        "rules", "silences", "articles", "alerts", "quarantine",
    } == status.keys()  # fmt: skip
    sources = {one["name"]: one for one in status["sources"]}
    assert sources["traag"].keys() == {
        "name", "type", "state", "last_success", "next_due", "error", "event", "articles",
    }  # fmt: skip
    assert "no complete answer" in sources["traag"]["error"]
    assert sources["zestig"]["articles"] == 60
    told = {one["what"]: one for one in status["problems"]}
    assert told["source dicht"].keys() == {"what", "since", "text"}
    assert told["source dicht"]["since"]
    assert status["channels"][0].keys() == {
        "name", "state", "waiting", "held", "dead", "last_success",
    }  # fmt: skip
    assert status["rules"] == {"active": 1, "files": 1, "problems": []}


def test_an_article_that_comes_again_and_from_elsewhere_is_told_once(busy: Busy) -> None:
    busy.expect("dubbel")
    asked = len(busy.loopback.got("/dubbel"))
    for name in ("dubbel-1.txt", "dubbel-2.txt"):
        busy.home.drop(name, article("dubbel"))
    wait_until(lambda: len(busy.loopback.got("/dubbel")) > asked + 1, "two more polls")
    done = busy.home.drop_folder / "done"
    wait_until((done / "dubbel-2.txt").exists, "both files")
    busy.let_pass("na-dubbel")
    assert busy.arrived("dubbel") == 1
    rows = [one for one in busy.home.lines("alerts") if "Bericht dubbel over" in one["title"]]
    assert [(one["state"], one["source"]) for one in rows] == [
        ("suppressed", "map"),
        ("told", "dubbel"),
    ]
    assert "the same text as article" in rows[0]["reason"]


def test_listed_alerts_have_the_promised_shape(busy: Busy) -> None:
    busy.expect("gzip")
    wait_until(
        lambda: busy.home.rows(
            "SELECT 1 FROM delivery JOIN alert ON alert.id = alert_id"
            " WHERE alert.source = 'gzip' AND state = 'done'"
        ),
        "settled",
    )
    (row,) = (one for one in busy.home.lines("alerts") if one["source"] == "gzip")
    assert row.keys() == {
        "id", "kind", "rule", "severity", "title", "article", "story", "source", "created",
        "state", "reason", "held", "deliveries",
    }  # fmt: skip
    assert (row["kind"], row["rule"], row["severity"], row["state"]) == (
        "NEW", "embargo", "high", "told",
    )  # fmt: skip
    (delivery,) = row["deliveries"]
    assert delivery.keys() == {
        "id", "channel", "recipient", "state", "attempts", "next_try", "last_error",
        "possible_repeat", "last_try",
    }  # fmt: skip
    assert (delivery["state"], delivery["attempts"], delivery["possible_repeat"]) == (
        "done", 1, False,
    )  # fmt: skip
    request = next(one for one in busy.loopback.hooked("piket") if one.alert == row["id"])
    assert request.headers["idempotency-key"] == row["id"]
    assert row["id"] in request.text


# --- channels ----------------------------------------------------------------------------------


def test_hung_receivers_delay_no_other_channel_and_no_end(home: Home, loopback: Loopback) -> None:
    hung = [f"hangt{number}" for number in range(6)]
    loopback.hung.update(hung)
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        *(block("channel", name=name, url=loopback.hook(name)) for name in hung),
        block("channel", name="piket", url=loopback.hook("piket")),
        block("route", to=[*hung, "piket"]),
        block("delivery", deadline="60s"),
    )
    daemon = home.start()
    for name in ("een", "twee"):
        home.drop(f"{name}.txt", article(name))
    wait_until(lambda: all(loopback.hooked(name) for name in hung), "six stuck transmissions")
    wait_until(lambda: len(loopback.hooked("piket")) == 2, "both alerts on the other channel")
    started = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - started < 15
    assert not home.rows("SELECT 1 FROM note WHERE name = 'daemon'")
    # What was under way stays claimed: the next start sends it again, as a possible repeat.
    counted = "SELECT state, attempts, COUNT(*) FROM delivery WHERE channel <> 'piket'"
    assert sorted(home.rows(f"{counted} GROUP BY state, attempts")) == [
        ("claimed", 1, 6),
        ("pending", 0, 6),
    ]


def test_alerts_wait_in_the_outbox_until_a_receiver_is_up(home: Home) -> None:
    ports = {"een": free_port(), "twee": free_port()}
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        *(
            block("channel", name=name, url=f"json://127.0.0.1:{port}/hook/{name}")
            for name, port in ports.items()
        ),
        block("route", to=["een", "twee"]),
        block("delivery", backoff=["200ms"], deadline="5s"),
    )
    daemon = home.start()
    home.drop("wacht.txt", article("wacht"))
    tried = "SELECT 1 FROM delivery WHERE last_error <> ''"
    wait_until(lambda: len(home.rows(tried)) == 2, "two failed attempts")
    queue = home.lines("queue", "list")
    assert sorted(one["channel"] for one in queue) == ["een", "twee"]
    for one in queue:
        assert one.keys() == {
            "id", "channel", "recipient", "state", "attempts", "next_try", "last_error",
            "possible_repeat", "last_try", "alert", "rule", "title",
        }  # fmt: skip
        assert one["state"] in {"later", "claimed", "pending"}
        assert one["last_error"] == "connection refused"
        assert one["attempts"] >= 1
    status = home.json("status")
    assert status["queue"] == {"waiting": 2, "dead": 0}
    assert [one["state"] for one in status["channels"]] == ["failing", "failing"]
    assert "1 deliveries wait: connection refused" in str(status["problems"])
    assert home.lines("alerts")[0]["state"] == "waiting"
    for name, port in ports.items():
        server = Loopback(port)
        try:
            wait_until(lambda s=server, n=name: s.hooked(n), f"the alert at {name}")
            wait_until(
                lambda n=name: home.rows(
                    f"SELECT 1 FROM delivery WHERE channel = '{n}' AND state = 'done'"
                ),
                "settled",
            )
        finally:
            server.close()
        if name == "een":
            assert home.undelivered() == 1  # the other one still waits
    status = home.json("status")
    assert (status["queue"], status["healthy"]) == ({"waiting": 0, "dead": 0}, True)
    assert daemon.stop() == 0


def test_matches_that_tell_nobody_are_listed_with_their_reason(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    text = (home.folder / "config.toml").read_text()
    (home.folder / "config.toml").write_text(
        text.replace('to = ["piket"]', 'to = ["piket"]\nrule = ["verteld"]')
    )
    rule = '  - {{id: {id}, title: {id}, status: {status}, match: {{any: ["*embargo*"]}}}}\n'
    rules = [("verteld", "active"), ("schaduw", "shadow"), ("nergens", "active"), ("uit", "off")]
    home.rules("version: 1\nrules:\n" + "".join(rule.format(id=id_, status=s) for id_, s in rules))
    home.drop("stil.txt", article("stil"))
    assert home.run("run", "--once").returncode == 0
    assert {one["rule"]: (one["state"], one["reason"]) for one in home.lines("alerts")} == {
        "verteld": ("told", "first report of this story for this rule"),
        "schaduw": ("suppressed", "the rule's status is shadow"),
        "nergens": ("suppressed", "no route"),
    }
    assert len(loopback.hooked("piket")) == 1
    problems = home.json("status")["problems"]
    assert any(one["what"] == "routes" for one in problems)


def test_what_waits_for_a_channel_that_is_gone_is_a_problem_in_status(
    home: Home, loopback: Loopback
) -> None:
    """Deliveries of a channel that somebody took out of the configuration are never sent."""
    home.standard(loopback)
    config = (home.folder / "config.toml").read_text()
    more = block("channel", name="weg", url=loopback.hook("weg"))
    home.config(config.replace('["piket"]', '["weg"]'), more)
    loopback.hung.add("weg")
    daemon = home.start()
    home.drop("weg.txt", article("weg"))
    wait_until(lambda: loopback.hooked("weg"), "a transmission under way")
    daemon.kill()
    home.config(config)
    assert home.run("run", "--once").returncode == 0
    status = home.json("status")
    assert status["queue"]["waiting"] == 1
    assert not status["healthy"]
    assert "weg" in str(status["problems"])


# --- one at a time, and reloading --------------------------------------------------------------


def test_a_second_daemon_refuses_to_start(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    daemon = home.start()
    for arguments in (["run"], ["run", "--once"]):
        second = home.run(*arguments)
        assert second.returncode == 75
        assert f"another news-watcher (process {daemon.pid}) already works on" in second.stderr
        assert "Traceback" not in second.stderr
    assert daemon.stop() == 0


def reload(daemon: Daemon, text: str) -> None:
    """SIGHUP, and wait until the log says what came of it, once more than before."""
    before = daemon.log.read_text().count(text)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: daemon.log.read_text().count(text) > before, f'"{text}" in the log')


def test_sighup_takes_new_rules_and_a_new_channel(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    daemon = home.start()
    home.drop("een.txt", article("een", "verdrag"))
    wait_until(lambda: not home.left(), "the first file")
    home.rules(RULES.replace("embargo", "verdrag"))
    reload(daemon, "1 rules from 1 files")
    home.drop("twee.txt", article("twee", "verdrag"))
    wait_until(lambda: loopback.hooked("piket"), "an alert by the new rule")
    text = (home.folder / "config.toml").read_text()
    more = block("channel", name="nieuw", url=loopback.hook("nieuw"))
    (home.folder / "config.toml").write_text(
        text.replace('to = ["piket"]', 'to = ["nieuw"]') + more
    )
    reload(daemon, "configuration reloaded")
    home.drop("drie.txt", article("drie", "verdrag"))
    wait_until(lambda: loopback.hooked("nieuw"), "an alert on the new channel")
    assert len(loopback.hooked("piket")) == 1
    wait_until(lambda: not home.undelivered(), "settled")
    assert daemon.stop() == 0


def test_a_broken_rule_file_keeps_its_last_good_version_also_after_a_restart(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    daemon = home.start()
    home.rules(RULES + "  - id: [")
    reload(daemon, "its last good version stays in force")
    home.drop("een.txt", article("een"))
    wait_until(lambda: loopback.hooked("piket"), "an alert by the last good version")
    status = home.json("status")
    assert status["rules"]["active"] == 1
    assert status["rules"]["problems"]
    assert "rules" in {one["what"] for one in status["problems"]}
    assert daemon.stop() == 0
    daemon = home.start()
    assert daemon.says("its last good version stays in force")
    home.drop("twee.txt", article("twee"))
    wait_until(lambda: len(loopback.hooked("piket")) == 2, "an alert after the restart")
    (home.folder / "rules" / "regels.yaml").unlink()
    reload(daemon, "0 rules from 0 files")
    assert home.json("status")["rules"]["problems"] == []
    assert daemon.stop() == 0


def test_a_broken_configuration_keeps_the_old_one_and_starts_nothing(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    daemon = home.start()
    good = (home.folder / "config.toml").read_text()
    bad = good.replace("[fetch]\n", '[fetch]\ntimeout = "nooit"\n')
    home.config(bad, block("watcher", langauge="nl"))
    reload(daemon, "the configuration stays as it was")
    home.drop("een.txt", article("een"))
    wait_until(lambda: loopback.hooked("piket"), "an alert under the old configuration")
    assert "configuration" in {one["what"] for one in home_status(home, good)["problems"]}
    home.config(bad, block("watcher", langauge="nl"))
    assert daemon.stop() == 0
    start = home.run("run")
    assert start.returncode == 78
    assert 'unknown key "langauge"' in start.stderr
    assert 'did you mean "language"?' in start.stderr
    assert "fetch.timeout" in start.stderr
    assert "Traceback" not in start.stderr


def home_status(home: Home, config: str) -> Any:
    """`status` needs a configuration that can be read."""
    home.config(config)
    return home.json("status")


def test_a_configuration_that_cannot_start_keeps_the_old_one(
    home: Home, loopback: Loopback
) -> None:
    """It reads well, but its store is on a disk that is not mounted."""
    home.standard(loopback)
    daemon = home.start()
    good = (home.folder / "config.toml").read_text()
    home.config(good, block("store", url="sqlite:/niet/aangekoppeld/watcher.db"))
    daemon.signal(signal.SIGHUP)
    home.drop("een.txt", article("een"))
    wait_until(
        lambda: loopback.hooked("piket") or daemon.process.poll() is not None,
        "an alert under the old configuration",
    )
    assert daemon.process.poll() is None
    assert daemon.stop() == 0


def test_a_feed_that_lies_about_its_compression_hides_no_other_of_its_host(
    home: Home, loopback: Loopback
) -> None:
    lies = loopback.feed("liegt", lambda _: (200, {"Content-Encoding": "gzip"}, rss(["liegt"])))
    good = loopback.feed("goed", lambda _: (200, {}, rss(["goed"])))
    home.standard(
        loopback,
        block("source", name="a-liegt", type="feed", url=lies, every="1m"),
        block("source", name="b-goed", type="feed", url=good, every="1m"),
    )
    daemon = home.start()
    wait_until(lambda: len(loopback.got("/liegt")) >= 1, "a poll of the first")
    wait_until(
        lambda: loopback.hooked("piket") or len(loopback.got("/liegt")) > 1, "a poll of the other"
    )
    assert len(loopback.got("/liegt")) == 1  # every minute, not every second
    ((error,),) = home.rows("SELECT error FROM source WHERE name = 'a-liegt'")
    assert error
    assert daemon.stop() == 0


# --- children ----------------------------------------------------------------------------------


def test_a_killed_sender_and_a_killed_parser_are_replaced(home: Home, loopback: Loopback) -> None:
    home.standard(loopback, hook="hangt")
    loopback.hung.add("hangt")
    daemon = home.start()
    home.drop("een.txt", article("een"))
    wait_until(lambda: loopback.hooked("hangt"), "a transmission under way")
    loopback.hung.clear()
    for pid in daemon.children("watcher.delivery.sender"):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not home.undelivered(), "the second attempt")
    got = received(loopback, "piket", "hangt")
    assert judge(home, got, expected=["een"], ambiguous=1).wrong == []
    assert len(loopback.hooked("hangt")) == 2

    (parser,) = daemon.children("watcher.sources.parsing")
    os.kill(parser, signal.SIGSTOP)  # so that the documents are certainly with it
    names = [f"kind{number}" for number in range(20)]
    for name in names:
        home.drop(f"{name}.txt", article(name))
    wait_until(lambda: home.left() and len(home.left()) == 20, "files that are being read")
    os.kill(parser, signal.SIGKILL)
    wait_until(
        lambda: all(f"Bericht {name} over" in loopback.texts("hangt") for name in names),
        "all alerts",
    )
    assert home.rows("SELECT * FROM quarantine") == []
    wait_until(lambda: not home.undelivered() and not home.left(), "everything settled")
    assert daemon.children("watcher.sources.parsing") != [parser]
    assert daemon.stop() == 0

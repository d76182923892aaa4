"""No secret of a channel or feed is in a log, a list, a file of ours or what people are sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from harness import ROOT, Daemon, Home, Loopback, article, block, free_port, rss, wait_until

#: One in each place, so that a leak says where it comes from.
CANARY = re.compile(rb"kanarie-?\w*", re.IGNORECASE)


def canary(place: str) -> str:
    """A secret that is recognised anywhere."""
    return f"Kanarie{place}9x"


#: Raises where a library would not: with everything that it was given in its message.
BROKEN_LIBRARY = """
import sys
if "run" in sys.orig_argv:
    import aiohttp
    real = aiohttp.ClientSession.get
    def get(self, url, **options):
        if "/breekt" in str(url):
            raise RuntimeError(f"cannot get {url!r} with {options!r}")
        return real(self, url, **options)
    aiohttp.ClientSession.get = get
"""


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def refuse(server: object, session: object, envelope: object, how: str, data: object) -> AuthResult:
    """A mail server that repeats the login that it refuses."""
    said = f"535 5.7.8 {data.login.decode()} is not {data.password.decode()}"  # type: ignore[attr-defined]
    return AuthResult(success=False, handled=False, message=said)


@pytest.fixture
def mail_port() -> Iterator[int]:
    """A mail server that takes nothing."""
    server = Controller(
        object(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=refuse,
        auth_require_tls=False,
        auth_required=True,
    )
    server.start()
    yield server.port
    server.stop()


def channels(loopback: Loopback, mail_port: int) -> dict[str, str]:
    """Addresses with a secret wherever one may stand: some work, the others fail in all ways."""

    def web(name: str, port: int | str = loopback.port, scheme: str = "json") -> str:
        c = {place: canary(name + place) for place in ("user", "password", "path", "head", "key")}
        host = f"127.0.0.1:{port}" if isinstance(port, int) else port
        return (
            f"{scheme}://{c['user']}:{c['password']}@{host}/hook/{name}/{c['path']}"
            f"?+X-Key={c['head']}&+Authorization=Bearer%20{canary(name + 'bearer')}"
            f"&:veld={canary(name + 'field')}&-vraag={canary(name + 'query')}&{c['key']}=1"
            f"#{canary(name + 'fragment')}"
        )

    for name in ("weigert", "stuk"):
        page = (f"no entry for {canary(name + 'password')}").encode()
        status = 403 if name == "weigert" else 500
        path = f"{name}/{canary(name + 'path')}"
        loopback.refusals[path] = (status, {"X-Said": canary(name + "head")}, page)
    return {
        "goed": web("goed"),
        "weigert": web("weigert"),
        "stuk": web("stuk"),
        "xml": web("xml", scheme="xml"),
        "form": web("form", scheme="form"),
        "dicht": web("dicht", free_port()),
        "onbekend": web("onbekend", "bestaat-niet.invalid"),
        "chat": f"mmost://{canary('bot')}@127.0.0.1:{loopback.port}/{canary('token') * 2}",
        "gotify": f"gotify://127.0.0.1:{loopback.port}/{canary('gotify')}",
        "ntfy": f"ntfy://{canary('nuser')}:{canary('npass')}@127.0.0.1:{loopback.port}"
        f"/{canary('topic')}",
        "brief": f"mailto://{canary('muser')}:{canary('mpass')}@127.0.0.1:{mail_port}"
        "/?from=wacht@x.example&to=jan@x.example",
        "post": f"smtp://{canary('smtpuser')}:{canary('smtppass')}@127.0.0.1:{mail_port}",
    }


def feeds(loopback: Loopback) -> dict[str, str]:
    """Feeds that want a login, a key or a header: some work, the others fail."""
    key = canary("feedkey")
    without_link = rss(["los"]).replace(b"<link>https://nieuws.example/los</link>", b"")
    refusal = f"key {key} of {canary('feeduser')} with {canary('feedheader')}"
    pages = {
        "goed": (200, {}, rss(["feed"])),
        "zonder": (200, {}, without_link),
        "breekt": (200, {}, rss(["breekt"])),
        "html": (200, {}, b"<html><body>no feed</body></html>"),
        "weigert": (403, {}, refusal.encode()),
        "verhuisd": (301, {"Location": f"/goed?key={key}"}, b""),
        "rondje": (302, {"Location": f"/rondje?key={key}"}, b""),
    }
    found = {}
    for name, answer in pages.items():
        loopback.feed(f"{name}?key={key}", lambda _, answer=answer: answer)  # type: ignore[misc]
        login = f"{canary('feeduser')}:{canary('feedpassword')}"
        found[name] = f"http://{login}@127.0.0.1:{loopback.port}/{name}?key={key}"
    found["dicht"] = f"http://{canary('feeduser')}@127.0.0.1:{free_port()}/x?{canary('bare')}"
    found["onbekend"] = f"http://bestaat-niet.invalid/x?token={canary('feedtoken')}"
    return found


@pytest.fixture
def watched(home: Home, loopback: Loopback, mail_port: int) -> Home:
    """A configuration with all of them; the secrets stand in a folder beside it."""
    (home.folder / "secrets").mkdir()
    addresses = channels(loopback, mail_port)
    addresses["kop"] = canary("feedheader")
    for name, value in addresses.items():
        (home.folder / "secrets" / name).write_text(value + "\n")
    parts = [
        block("source", name=f"feed-{name}", type="feed", url=url, headers={}).replace(
            "headers = {}", 'headers = {X-Api-Key = "file:secrets/kop"}'
        )
        for name, url in feeds(loopback).items()
    ]
    for name in addresses:
        if name == "post":
            mail = {"type": "email", "smtp": "file:secrets/post", "from": "wacht@x.example"}
            parts.append(block("channel", name=name, to=["jan@x.example"], **mail))
        elif name != "kop":
            parts.append(block("channel", name=name, url=f"file:secrets/{name}"))
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        *parts,
        block("route", to=[name for name in addresses if name != "kop"]),
        block("delivery", backoff=["100ms"], deadline="5s"),
        block("ops", log="json"),
    )
    library = home.folder / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(BROKEN_LIBRARY)
    return home


def start(home: Home) -> Daemon:
    """The daemon, telling as much as it can, over a library that breaks."""
    library = f"PYTHONPATH={home.folder / 'library'}:{ROOT}"
    return home.start("env", library, options=("-v", "-v"))


COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("alerts",),
    ("alerts", "--json"),
    ("alerts", "show", "{alert}"),
    ("alerts", "show", "{alert}", "--json"),
    ("alerts", "route", "embargo"),
    ("explain", "{alert}"),
    ("missed", "{alert}"),
    ("queue", "list"),
    ("queue", "list", "--json"),
    ("channel", "list"),
    ("channel", "list", "--json"),
    ("channel", "test", "weigert"),
    ("channel", "test", "onbekend", "--json"),
    ("channel", "test", "chat"),
    ("channel", "test", "post"),
    ("source", "list"),
    ("source", "list", "--json"),
    ("check", "--secrets"),
    ("check", "--secrets", "--format", "json"),
    ("check", "--secrets", "--format", "github"),
    ("run", "--once", "-v"),
)


def found_in(data: bytes) -> set[str]:
    """The secrets in it, in plain writing or in that of a login header."""
    data += b"".join(_decoded(data))
    return {one.decode() for one in CANARY.findall(data)}


def _decoded(data: bytes) -> Iterator[bytes]:
    for word in re.findall(rb"[A-Za-z0-9+/]{12,}={0,2}", data):
        try:
            yield base64.b64decode(word + b"=" * (-len(word) % 4))
        except ValueError:
            continue


def test_secrets_are_nowhere(watched: Home, loopback: Loopback) -> None:
    home = watched
    home.drop("een.txt", article("een"))
    daemon = start(home)
    wait_until(lambda: _all_tried(home), "a try on each channel, a poll of each feed")
    assert loopback.hooked("goed")[0].headers["x-key"] == canary("goedhead"), "they are in use"
    assert loopback.got(f"/goed?key={canary('feedkey')}")[0].headers["x-api-key"]
    assert daemon.says("Traceback")
    assert daemon.stop() == 0
    leaks = {}
    ((alert,),) = home.rows("SELECT MIN(id) FROM alert")
    for command in COMMANDS:
        done = home.run(*(word.format(alert=alert) for word in command))
        assert "Traceback" not in done.stderr or command[0] == "run", done.stderr
        leaks[" ".join(command)] = found_in((done.stdout + done.stderr).encode())
    files = [daemon.log, *(one for one in home.folder.glob("state/**/*") if one.is_file())]
    assert home.database in files
    for file in files:
        leaks[file.name] = found_in(file.read_bytes())
    texts = b"".join(one.body for one in loopback.hooked("goed"))
    # One of its own fields is meant for it.
    leaks["what people are sent"] = found_in(texts) - {canary("goedfield")}
    assert {place: found for place, found in leaks.items() if found} == {}


def _all_tried(home: Home) -> bool:
    tried = home.rows(
        "SELECT COUNT(DISTINCT channel) FROM delivery WHERE state = 'done' OR last_error <> ''"
    )
    polled = home.rows("SELECT COUNT(*) FROM source WHERE last_success IS NOT NULL OR error <> ''")
    return tried == [(12,)] and polled == [(10,)]


@pytest.mark.parametrize(
    "address",
    [
        f"slack://{canary('slack')}",
        f"gibtsnicht://{canary('scheme')}",
        f"tgram://?x={canary('telegram')}",
        canary("bare"),
        f"smtp://{canary('user')}:{canary('password')}@[::1",
    ],
)
def test_an_address_that_cannot_be_used_is_not_shown(home: Home, address: str) -> None:
    (home.folder / "secret").write_text(address)
    mail = {"type": "email", "smtp": "file:secret", "from": "w@x.example", "to": ["j@x.example"]}
    is_mail = address.startswith("smtp")
    channel = {"name": "a", **(mail if is_mail else {"url": "file:secret"})}
    home.config(block("channel", **channel), block("route", to=["a"]))
    for command in (["check", "--secrets"], ["run", "--once", "-v"], ["channel", "test", "a"]):
        done = home.run(*command)
        assert done.returncode in {1, 69, 78}
        assert "Traceback" not in done.stderr
        assert found_in((done.stdout + done.stderr).encode()) == set()


def test_the_search_finds_what_it_looks_for() -> None:
    header = base64.b64encode(f"{canary('user')}:x".encode())
    assert found_in(b"Basic " + header) == {canary("user")}

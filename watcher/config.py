"""The configuration: one TOML file to one frozen value, with every problem at its line.

config.example.toml explains each key; what stands here as a default stands there too.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from watcher.errors import ConfigError, Problem, SecretError
from watcher.mailbox import Mistake, parse_mail_server, parse_mailbox
from watcher.model import Severity
from watcher.places import Places
from watcher.text import parse_duration
from watcher.timing import Clock, Quiet, Rate, parse_clock, parse_quiet, parse_rate

_SIZE = re.compile(r"(\d+)\s?(B|kB|KB|MB|GB)?\Z")
_BYTES = {None: 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000}
_SECRET = re.compile(r"(credential|env|file):(.+)\Z")
#: What is never shown of a line: a mail server's URL, and a login in any other.
_LOGIN = re.compile(r"(^\s*smtp\s*=\s*|://(?=[^/\s]*@)).*")
#: Keys that are read and checked but do nothing yet: said at the start when somebody sets one.
NOT_YET = (
    ("web", ("listen", "public_url")),
    ("ops", ("heartbeat", "metrics", "disk_floor")),
    ("store", ("keep", "backup")),
)


def parse_size(value: object) -> int:
    """A size as people write it, in bytes: "10MB", "500kB". Raises ValueError for others."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a size like "500kB" or "10MB"')
    return int(found[1]) * _BYTES[found[2]]


def _positive(value: timedelta) -> timedelta:
    if value < timedelta(milliseconds=10):
        raise ValueError("must be longer than nothing")
    return value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _said(parse: Callable[[str], object]) -> Callable[[object], object]:
    """A parser of texts as a validator: what is no text is refused by the type."""
    return lambda value: parse(value) if isinstance(value, str) else value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be a time zone like "Europe/Amsterdam"') from None
    return value


def _feed_url(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError("must begin with http:// or https://")
    return value


def _mail_server(value: str) -> str:
    if not _SECRET.match(value):
        parse_mail_server(value)
    return value


def _mailboxes(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        parse_mailbox(one)
    return value


def _mailbox(value: str) -> str:
    return _mailboxes((value,))[0]


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Interval = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_positive)]
Size = Annotated[int, BeforeValidator(parse_size)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
MailServer = Annotated[str, AfterValidator(_mail_server)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Mailboxes = Annotated[Strings, AfterValidator(_mailboxes)]
Timezone = Annotated[str, AfterValidator(_timezone)]
ClockTime = Annotated[Clock, BeforeValidator(_said(parse_clock))]
Hours = Annotated[Quiet, BeforeValidator(_said(parse_quiet))]
Limit = Annotated[Rate, BeforeValidator(_said(parse_rate))]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Watcher(_Section):
    """[watcher]: language of alerts, time zone, where rules and state live."""

    language: Literal["nl", "en"] = "nl"
    timezone: Timezone = "Europe/Amsterdam"
    rules: Path = Path("rules")
    state: Path = Path("state")


class StoreSection(_Section):
    """[store]: which database."""

    url: str = "sqlite:state/watcher.db"
    keep: Interval = timedelta(days=365)
    backup: Literal["daily", "off"] = "daily"


class Source(_Section):
    """[[source]]: a drop folder or a feed."""

    name: Name
    type: Literal["folder", "feed"]
    tags: Strings = ()
    language: str | None = Field(None, pattern=r"^[a-z]{2}$")
    paused: bool = False
    # folder
    path: Path | None = None
    after: Literal["move", "keep", "delete"] = "move"
    encoding: str = "auto"
    settle: Interval = timedelta(seconds=2)
    # feed
    url: Annotated[str, AfterValidator(_feed_url)] | None = None
    every: Interval = timedelta(minutes=10)
    fastest: Interval | None = None
    slowest: Interval | None = None
    fetch: Literal["summary", "full"] = "summary"
    timezone: Timezone | None = None
    headers: Mapping[str, str] = {}
    backfill: Duration = timedelta(hours=24)

    @model_validator(mode="after")
    def _type_fits(self) -> Source:
        needed, strange = (
            ("path", ("url", "every", "fastest", "slowest", "fetch", "headers", "backfill"))
            if self.type == "folder"
            else ("url", ("path", "after", "encoding", "settle"))
        )
        if getattr(self, needed) is None:
            raise ValueError(f'a {self.type} needs "{needed}"')
        for key in strange:
            if key in self.model_fields_set:
                raise ValueError(f'"{key}" does not belong to a {self.type}')
        if not self.bounds[0] <= self.every <= self.bounds[1]:
            raise ValueError('"fastest" must be at most "every", and "slowest" at least')
        return self

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """How often the feed may be asked at most and at least, around ``every``."""
        fastest = self.fastest or min(self.every, max(self.every / 2, timedelta(minutes=1)))
        return fastest, self.slowest or self.every * 3


class Fetch(_Section):
    """[fetch]: how feeds are fetched."""

    concurrency: Annotated[int, Field(ge=1, le=500)] = 20
    per_host: Annotated[int, Field(ge=1, le=20)] = 2
    timeout: Interval = timedelta(seconds=30)
    max_bytes: Size = 10_000_000
    allow_private: tuple[IPv4Network | IPv6Network, ...] = ()
    user_agent: str = "news-watcher"


class Articles(_Section):
    """[articles]: what is done to texts before rules see them."""

    split: bool = True
    boilerplate: bool = True


class Dedup(_Section):
    """[dedup]: how long and how alike two texts are the same."""

    window: Interval = timedelta(hours=72)
    near: Annotated[float, Field(gt=0, le=1)] = 0.8


#: What an e-mail channel needs, as one writes it.
_MAIL_KEYS = {
    "smtp": 'smtp = "smtp://localhost:25", or "smtps://user:password@host" by reference',
    "from": 'from = "News watch <watch@example.org>"',
    "to": 'to = ["desk@example.org"]',
}


class Channel(_Section):
    """[[channel]]: a named place for people."""

    name: Name
    type: Literal["apprise", "console", "file", "email"] | None = None
    url: Strings = ()
    path: Path | None = None
    smtp: MailServer | None = Field(None, repr=False)
    sender: Mailbox | None = Field(None, alias="from")
    to: Mailboxes = ()
    min_severity: Severity = Severity.LOW
    quiet: Annotated[tuple[Hours, ...], BeforeValidator(_one_or_more)] = ()
    digest: Annotated[tuple[ClockTime, ...], BeforeValidator(_one_or_more)] = ()
    limit: Limit | None = None
    language: Literal["nl", "en"] | None = None
    fallback: str | None = None
    embargo: Literal["hold", "send"] = "hold"

    @property
    def kind(self) -> str:
        """apprise, console, file or email."""
        return self.type or "apprise"

    @model_validator(mode="after")
    def _type_fits(self) -> Channel:
        mail = {"smtp": self.smtp, "from": self.sender, "to": self.to}
        if self.kind == "email":
            for key in (key for key, value in mail.items() if not value):
                raise Mistake(f'an e-mail channel needs "{key}"', f"add {_MAIL_KEYS[key]}")
            if self.url or self.path:
                raise Mistake('"url" and "path" do not belong to an e-mail channel')
        elif any(mail.values()):
            named = " and ".join(f'"{key}"' for key, value in mail.items() if value)
            raise Mistake(f"{named} belong to an e-mail channel", 'add type = "email"')
        if self.kind == "apprise" and not self.url:
            raise ValueError(
                'needs "url" (any Apprise URL), or a type: "email", "console" or "file"'
            )
        if self.kind == "file" and self.path is None:
            raise ValueError('a file channel needs "path"')
        return self


class Route(_Section):
    """[[route]]: which alerts go where."""

    to: Strings
    severity: Annotated[tuple[Severity, ...], BeforeValidator(_one_or_more)] = ()
    tags: Strings = ()
    source: Strings = ()
    rule: Strings = ()
    go_on: bool = Field(False, alias="continue")


class Delivery(_Section):
    """[delivery]: how long and how often to try."""

    retry_for: Interval = timedelta(days=5)
    backoff: Annotated[tuple[Interval, ...], BeforeValidator(_one_or_more)] = tuple(
        timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 960, 1920, 3600)
    )
    deadline: Interval = timedelta(seconds=30)


class Web(_Section):
    """[web]: the page."""

    listen: str = "127.0.0.1:8787"
    public_url: str | None = None


class Ops(_Section):
    """[ops]: what operators need."""

    alert_me: str | None = None
    heartbeat: str | None = None
    metrics: bool = True
    log: Literal["auto", "text", "json"] = "auto"
    disk_floor: Size = 500_000_000


class Config(_Section):
    """A whole configuration; ``folder`` is what relative paths belong to."""

    folder: Path = Field(Path(), exclude=True)
    watcher: Watcher = Watcher()
    store: StoreSection = StoreSection()
    source: tuple[Source, ...] = ()
    fetch: Fetch = Fetch()
    articles: Articles = Articles()
    dedup: Dedup = Dedup()
    channel: tuple[Channel, ...] = ()
    route: tuple[Route, ...] = ()
    delivery: Delivery = Delivery()
    web: Web = Web()
    ops: Ops = Ops()

    def path(self, path: Path) -> Path:
        """A configured path made absolute."""
        return Path(os.path.normpath(self.folder / path.expanduser()))

    @property
    def store_url(self) -> str:
        """The store's URL with an absolute path."""
        scheme, _, rest = self.store.url.partition(":")
        return f"sqlite:{self.path(Path(rest))}" if scheme == "sqlite" else self.store.url


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Raises `ConfigError` with every problem of the file, each at its line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problem = Problem(
            file=str(path), line=0, column=0, code="C001", message=f"cannot be read: {why}"
        )
        raise ConfigError([problem]) from None
    return parse_config(text, str(path), folder=path.resolve().parent)


def parse_config(text: str, file: str, *, folder: Path) -> Config:
    """The configuration in a text; ``file`` is the name that problems show.

    Raises `ConfigError` with every problem.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        end = len(text.splitlines()) or 1
        line, column = (int(found[1]), int(found[2])) if found else (end, 1)
        message = "this is not valid TOML: " + re.sub(r"\s*\(at .*\)", "", str(error))
        raise ConfigError([_problem(text, file, line, column, "C002", message)]) from None
    places = Places(text)
    if "folder" in tree:
        raise ConfigError([_unknown_key(text, file, places, ("folder",), Config)])
    try:
        config = Config.model_validate({**tree, "folder": folder})
    except ValidationError as error:
        raise ConfigError(list(_problems(error, text, file, places, tree))) from None
    problems = list(_check_names(config, text, file, places))
    if problems:
        raise ConfigError(problems)
    return config


def _problems(
    error: ValidationError, text: str, file: str, places: Places, tree: Mapping[str, Any]
) -> Iterator[Problem]:
    for one in error.errors():
        where = tuple(
            part for part in one["loc"] if not str(part).startswith(("function-", "tuple"))
        )
        if one["type"] == "extra_forbidden":
            yield _unknown_key(text, file, places, where, _section_of(where))
            continue
        message = str(one["msg"]).removeprefix("Value error, ")
        named = ".".join(str(part) for part in where if not isinstance(part, int))
        line, column = places.find(where)
        hint = getattr(one.get("ctx", {}).get("error"), "hint", "")
        yield _problem(text, file, line, column, "C004", f"{named}: {message}", hint)


def _section_of(where: tuple[str | int, ...]) -> type[BaseModel]:
    if len(where) < 2:
        return Config
    annotation = Config.model_fields[str(where[0])].annotation
    inner = getattr(annotation, "__args__", (annotation,))[0]
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else Config


def _unknown_key(
    text: str, file: str, places: Places, where: tuple[str | int, ...], section: type[BaseModel]
) -> Problem:
    key = str(where[-1])
    known = [info.alias or name for name, info in section.model_fields.items() if name != "folder"]
    close = difflib.get_close_matches(key, known, n=1)
    hint = f'did you mean "{close[0]}"?' if close else "known: " + ", ".join(sorted(known))
    line, column = places.find(where)
    return _problem(text, file, line, column, "C003", f'unknown key "{key}"', hint)


def _check_names(config: Config, text: str, file: str, places: Places) -> Iterator[Problem]:
    """Names that must be unique, and channels that must exist."""
    for kind in ("source", "channel"):
        seen: set[str] = set()
        for number, one in enumerate(getattr(config, kind)):
            if one.name in seen:
                line, column = places.find((kind, number, "name"))
                message = f'{kind} name "{one.name}" is used twice'
                yield _problem(text, file, line, column, "C005", message)
            seen.add(one.name)
    channels = [channel.name for channel in config.channel]
    named = [
        *((("route", at, "to"), name) for at, one in enumerate(config.route) for name in one.to),
        *((("channel", at, "fallback"), one.fallback) for at, one in enumerate(config.channel)),
        (("ops", "alert_me"), config.ops.alert_me),
    ]
    for where, name in named:
        if name and name not in channels:
            line, column = places.find(where)
            close = difflib.get_close_matches(name, channels, n=1)
            hint = f'did you mean "{close[0]}"?' if close else ""
            message = f'{where[-1]} = "{name}", but there is no such channel'
            yield _problem(text, file, line, column, "C006", message, hint)
    for at, one in enumerate(config.channel):
        if one.fallback == one.name:
            line, column = places.find(("channel", at, "fallback"))
            message = f'the fallback of "{one.name}" is itself; name another channel'
            yield _problem(text, file, line, column, "C006", message)


def _problem(
    text: str, file: str, line: int, column: int, code: str, message: str, hint: str = ""
) -> Problem:
    lines = text.splitlines()
    source_line = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(
        file=file,
        line=line,
        column=column,
        code=code,
        message=message,
        hint=hint,
        source_line=_LOGIN.sub(r"\1…", source_line),
    )


def not_yet_in_effect(config: Config) -> list[str]:
    """The keys somebody set that this version reads but does nothing with, like "ops.heartbeat"."""
    found: list[str] = []
    for section, keys in NOT_YET:
        value = getattr(config, section)
        for one in value if isinstance(value, tuple) else (value,):
            named = {type(one).model_fields[name].alias or name for name in one.model_fields_set}
            found += [f"{section}.{key}" for key in keys if key in named]
    return list(dict.fromkeys(found))


def resolve_secret(value: str, *, folder: Path) -> str:
    """The secret that ``credential:NAME``, ``env:NAME`` or ``file:PATH`` refers to, or the value.

    Raises `SecretError` naming the reference, never the secret.
    """
    found = _SECRET.match(value)
    if found is None:
        return value
    kind, name = found[1], found[2]
    if kind == "env":
        if name not in os.environ:
            raise SecretError(f"{value}: the environment has no {name}")
        return os.environ[name].strip()
    path = folder / name
    if kind == "credential":
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise SecretError(f"{value}: systemd handed over no credentials (LoadCredential=)")
        path = Path(directory) / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SecretError(f"{value}: cannot be read: {why}") from None

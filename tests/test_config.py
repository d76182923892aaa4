"""Configurations with mistakes: every one at its line; and the example, which is true."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from watcher.config import (
    Config,
    load_config,
    not_yet_in_effect,
    parse_config,
    parse_size,
    resolve_secret,
)
from watcher.errors import ConfigError, Problem, SecretError
from watcher.text import parse_duration

HERE = Path("/etc/x")

MAIL = "[[channel]]\nname = 'a'\ntype = 'email'\nsmtp = 'smtp://localhost'\n"


def problems(text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "c.toml", folder=HERE)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[wacher]", 1, 'did you mean "watcher"?'),
        ("[watcher]\nlangauge = 'nl'", 2, 'did you mean "language"?'),
        ("[watcher]\nlanguage = 'fr'", 2, "language"),
        ("[watcher]\ntimezone = 'Mars/Olympus'", 2, "time zone"),
        ("[delivery]\ndeadline = 30", 2, "duration"),
        ("[delivery]\nbackoff = ['1s', 'x']", 2, "duration"),
        ("[fetch]\nmax_bytes = 'veel'", 2, "size"),
        ("[fetch]\nallow_private = ['10.0.0.0/99']", 2, "allow_private"),
        ("[[source]]\nname = 'a'\ntype = 'folder'", 1, 'needs "path"'),
        ("[[source]]\nname = 'a'\ntype = 'feed'\nurl = 'file:///etc/passwd'", 4, "http"),
        ("[[source]]\nname = 'a b'\ntype = 'feed'\nurl = 'http://x'", 2, "name"),
        ("[[source]]\nname = 'a'\ntype = 'folder'\npath = 'x'\nevery = '1m'", 1, "does not belong"),
        ("[[channel]]\nname = 'a'", 1, 'needs "url"'),
        ("[[channel]]\nname = 'a'\ntype = 'file'", 1, 'needs "path"'),
        ("[[channel]]\nname = 'a'\ntype = 'email'", 1, "add smtp = "),
        (f"{MAIL}to = 'a@x.nl'", 1, 'add from = "'),
        (f"{MAIL}from = 'a@x.nl'\nto = []", 1, 'add to = ["'),
        (f"{MAIL}from = 'a@x.nl'\nto = ['b@x.nl', 'jan']", 6, '"jan" is not a mail address'),
        (f"{MAIL}from = 'a@x.nl'\nto = 'b@x.nl, c@x.nl'", 6, 'are a list: ["a@'),
        (f"{MAIL}from = 'Wacht'\nto = 'b@x.nl'", 5, "like jan@example.org"),
        (f"{MAIL}from = 'a@x.nl'\nto = 'b@x.nl'\nurl = 'json://x'", 1, "do not belong"),
        ("[[channel]]\nname = 'a'\nto = 'b@x.nl'", 1, 'add type = "email"'),
        ("[[channel]]\nname = 'a'\ntype = 'email'\nsmtp = 'http://mx'", 4, "like smtp://"),
        ("[[route]]\nto = ['pikket']\n[[channel]]\nname = 'piket'\ntype = 'console'", 2, "piket"),
        ("[[route]]\nseverity = ['hihg']\nto = []", 2, "severity"),
        ("[watcher\n", 1, "TOML"),
        ("a = 1\na = 2", 2, "TOML"),
        ("folder = '/'", 1, "folder"),
    ],
)
def test_a_mistake_is_told_at_its_line(text: str, line: int, word: str) -> None:
    told = problems(text)
    assert any(one.line == line and word in f"{one.message} {one.hint}" for one in told), told


@pytest.mark.parametrize(
    "smtp",
    [
        "'http://wacht:geheim@mx.example'",
        "'smtps:/wacht:geheim@mx.example'",
        "'smtps://wacht:geheim@mx.example/pad'",
        "'smtps://wacht:geheim",  # not even TOML
        "['geheim']",
        "'smtps://wacht:geheim@mx.example:65536'",
    ],
)
def test_no_problem_shows_the_password_of_a_mail_server(smtp: str) -> None:
    told = problems(f"[[channel]]\nname = 'a'\ntype = 'email'\nsmtp = {smtp}\n")
    assert [(one.line, one.source_line) for one in told if one.line == 4] == [(4, "smtp = …")]
    assert "geheim" not in repr(told)


def test_a_mail_server_by_reference_is_not_looked_at_yet() -> None:
    text = MAIL.replace("smtp://localhost", "credential:smtp")
    config = parse_config(f"{text}from = 'a@x.nl'\nto = 'Jan <b@x.nl>'", "c", folder=HERE)
    assert (config.channel[0].smtp, config.channel[0].to) == ("credential:smtp", ("Jan <b@x.nl>",))
    assert not_yet_in_effect(config) == []


def test_all_mistakes_come_at_once() -> None:
    text = "[watcher]\nlangauge = 'x'\ntimezone = 'x'\n[fetch]\nconcurrency = 0\n"
    assert [one.line for one in problems(text)] == [3, 2, 5] or len(problems(text)) == 3


def test_a_name_used_twice_is_told_at_the_second() -> None:
    channel = "[[channel]]\nname = 'a'\ntype = 'console'\n"
    (problem,) = problems(channel * 2)
    assert (problem.line, problem.code) == (5, "C005")


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "none.toml")
    assert "No such file" in caught.value.problems[0].message


def test_the_example_shows_every_key_and_its_true_default(root: Path) -> None:
    text = (root / "config.example.toml").read_text(encoding="utf-8")
    # With every commented key switched on it must still be a configuration.
    keys = re.compile(r"^# (\w+ = |\[\[?\w+\]\]?$)", re.MULTILINE)
    switched_on = keys.sub(lambda found: found[1], text)
    full = parse_config(switched_on.replace("https://…", "https://x.example"), "c", folder=root)
    for section in ("watcher", "store", "fetch", "articles", "dedup", "delivery", "web", "ops"):
        model = Config.model_fields[section].annotation
        assert model is not None
        named = getattr(full, section)
        shown = named.model_fields_set
        fields = model.model_fields
        assert set(fields) == set(shown), section
        for name, info in fields.items():
            if info.default is not None and section not in {"watcher", "store"}:
                assert getattr(named, name) == info.default, f"{section}.{name}"
    for section, shown_in in (("source", full.source), ("channel", full.channel)):
        model = type(shown_in[0])
        shown = {name for one in shown_in for name in one.model_fields_set}
        assert set(model.model_fields) == shown, section


def test_the_example_works_as_it_is(root: Path) -> None:
    config = load_config(root / "config.example.toml")
    assert not_yet_in_effect(config) == []
    assert config.path(config.watcher.rules) == root / "rules"


def test_what_does_nothing_yet_is_named() -> None:
    text = "[ops]\nheartbeat = 'https://x'\n[web]\nlisten = ''"
    config = parse_config(text, "c", folder=HERE)
    assert not_yet_in_effect(config) == ["web.listen", "ops.heartbeat"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10m", timedelta(minutes=10)),
        ("1.5h", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("250ms", timedelta(milliseconds=250)),
    ],
)
def test_durations(text: str, value: timedelta) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["10", "m", "-1s", "1 m", "", 5, None, True])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_sizes() -> None:
    assert (parse_size("10MB"), parse_size("500kB"), parse_size(7)) == (10_000_000, 500_000, 7)


def test_secrets_come_from_where_they_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s").write_text("geheim\n")
    monkeypatch.setenv("NW_SECRET", "omgeving")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert resolve_secret("file:s", folder=tmp_path) == "geheim"
    assert resolve_secret("credential:s", folder=HERE) == "geheim"
    assert resolve_secret("env:NW_SECRET", folder=HERE) == "omgeving"
    assert resolve_secret("json://host", folder=HERE) == "json://host"


@pytest.mark.parametrize("reference", ["file:none", "env:NW_NONE", "credential:none"])
def test_a_secret_that_is_not_there_is_named_by_its_reference(
    reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match=reference):
        resolve_secret(reference, folder=HERE)

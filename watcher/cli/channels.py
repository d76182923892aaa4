"""`watcher channel`: the named places for people, and whether they can be reached."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import secrets
from datetime import UTC, datetime

import click

from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_json, echo_rows, plain
from watcher.cli.show import channel_json, reading
from watcher.config import Config
from watcher.errors import NotFoundError, StoreError
from watcher.interfaces import Channel
from watcher.listing import ChannelRow
from watcher.model import (
    Alert,
    Answer,
    Article,
    Claim,
    Delivery,
    Hit,
    Lane,
    Match,
    Message,
    RuleInfo,
    Sent,
    Severity,
)

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_TITLE = {"nl": "Dit is een proefbericht", "en": "This is a test"}
_TEXT = {
    "nl": "Dit is een proefbericht van news-watcher: er is niets gebeurd. Wie dit leest, krijgt "
    "ook de echte meldingen van dit kanaal. Zo ziet een gevonden woord eruit: staakt-het-vuren.",
    "en": "This is a test of news-watcher: nothing has happened. Whoever reads this gets the real "
    "alerts of this channel too. A word that was found looks like this: ceasefire.",
}
_WORD = {"nl": "staakt-het-vuren", "en": "ceasefire"}


@click.group("channel")
def channel_command() -> None:
    """Named places for people: list them, send each a test."""


@channel_command.command("list")
@_JSON
@pass_options
def channel_list(options: Options, as_json: bool) -> int:
    """Every channel: what it is told, when, and how it does."""
    config = options.load()
    rows: dict[str, ChannelRow] = {}
    # Without a store nothing was sent yet; the list is the configuration's all the same.
    with contextlib.suppress(StoreError), reading(config) as store:
        rows = {row.name: row for row in store.overview().channels}
    shown = [
        channel_json(one.name, rows.get(one.name), config.watcher.timezone)
        | {
            "type": one.kind,
            "min_severity": one.min_severity.value,
            "language": one.language or config.watcher.language,
            "fallback": one.fallback,
            "embargo": one.embargo,
            "has_digest": bool(one.digest),
            "has_quiet_hours": bool(one.quiet),
        }
        for one in config.channel
    ]
    if as_json:
        echo_rows(shown)
        return 0
    for one in shown:
        last = one["last_success"] or "never"
        echo(
            f"{one['name']:<20} {one['type']:<8} {one['state']:<8} {one['waiting']} waiting, "
            f"{one['dead']} dead, from {one['min_severity']}, last success {last}"
        )
    if not shown:
        echo("no channels: add a [[channel]] to the configuration")
    return 0


@channel_command.command("test")
@click.argument("name")
@click.option("--alert", "alert", metavar="ID", help="Send this alert's message instead.")
@_JSON
@pass_options
def channel_test(options: Options, name: str, alert: str | None, as_json: bool) -> int:
    """Send a real article to each recipient, and print what came of it."""
    config = options.load()
    message = _recorded(config, alert) if alert else None
    results = asyncio.run(_send(config, name, message))
    failed = any(answer.sent is not Sent.DONE for _, answer in results)
    for recipient, answer in results:
        if as_json:
            echo_json(
                {
                    "channel": name,
                    "recipient": recipient,
                    "result": answer.sent.value,
                    "error": answer.error or None,
                }
            )
        else:
            trouble = f": {plain(answer.error)}" if answer.error else ""
            echo(f"{name} ({recipient}) {answer.sent.value}{trouble}")
    return 69 if failed else 0


def _recorded(config: Config, start: str) -> Message:
    """The message that was written for an alert. Raises `NotFoundError`."""
    from watcher.cli.alerts import find_alert

    with reading(config) as store:
        found = find_alert(store, start)
        messages = list(store.alert_detail(found).messages.values())
    if not messages:
        raise NotFoundError(f"alert {found} has no message: nobody was to be told")
    return messages[0]


async def _send(config: Config, name: str, message: Message | None) -> list[tuple[str, Answer]]:
    from watcher.app import App

    app = App(config)
    try:
        if name not in app.channels:
            close = difflib.get_close_matches(name, app.channels, n=1)
            hint = f'; did you mean "{close[0]}"?' if close else ""
            raise NotFoundError(f'there is no channel "{name}"{hint}')
        channel = app.channels[name]
        language = next(one.language for one in config.channel if one.name == name)
        message = message or _test_message(channel, language or config.watcher.language)
        return [
            (recipient, await channel.send(_claim(name, recipient, message)))
            for recipient in channel.recipients
        ]
    finally:
        await app.close()


def _claim(channel: str, recipient: str, message: Message) -> Claim:
    now = datetime.now(UTC)
    # Another id each time: receivers that know repeats must not leave this one out.
    one = f"test-{secrets.token_hex(6)}"
    delivery = Delivery(id=one, alert=one, channel=channel, recipient=recipient, message=message)
    lane = Lane(kind="channel", name=channel, token=0)
    return Claim(delivery=delivery, lane=lane, attempt=1, created=now, now=now)


def _test_message(channel: Channel, language: str) -> Message:
    """What an article looks like on this channel."""
    now = datetime.now(UTC)
    title, word = _TITLE[language], _WORD[language]
    text = f"{title}\n\n{_TEXT[language]}"
    start = text.index(word)
    article = Article(
        id="test", source="news-watcher", document="channel test", part=1, parts=1,
        kind="article", title=title, title_source="headline", text=text,
        headline_end=len(title), seen=now, language=language,
        published=now, published_source="document",
    )  # fmt: skip
    hit = Hit(start=start, end=start + len(word), text=word, term=word, how="exact", field="body")
    rule = RuleInfo(id="test", title="Test", severity=Severity.NORMAL)
    alert = Alert(
        id="test", rule="test", severity=Severity.NORMAL, title=title, article="test",
        story="test", source="news-watcher", created=now, code="first-report",
        reason="`watcher channel test`", channels=(channel.name,),
    )  # fmt: skip
    return channel.render(alert, article, Match(rule=rule, hits=(hit,)))

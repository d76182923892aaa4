"""`watcher alerts`: what was told to whom and why; one in full; again; useful or not; routes."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import click

from watcher.alerts import RouteStep, trace_routes
from watcher.cli.main import Options, pass_options
from watcher.cli.output import alert_json, echo, echo_json, echo_rows, plain, show_time
from watcher.cli.phrases import HOLDS
from watcher.cli.show import reading, writing
from watcher.config import Channel, Config
from watcher.delivery.address import scheme_of
from watcher.errors import NotFoundError
from watcher.listing import AlertDetail, AlertRow
from watcher.model import RuleInfo, Status
from watcher.policies import policy_of
from watcher.project import shown_path
from watcher.rules.link import link
from watcher.rules.load import find_rule_files, load_rule_file
from watcher.store.store import SqlStore
from watcher.text import parse_duration

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")


@click.group("alerts", invoke_without_command=True)
@click.option("--since", help="Only alerts of this long ago or less, like 24h.")
@click.option("--rule", help="Only alerts of this rule.")
@click.option("--channel", help="Only alerts for this channel.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an alert.")
@click.pass_context
def alerts_command(
    ctx: click.Context, since: str | None, rule: str | None, channel: str | None, as_json: bool
) -> int:
    """What was told to whom, and what was suppressed with its reason; newest first."""
    if ctx.invoked_subcommand is not None:
        return 0
    options = ctx.find_object(Options)
    assert options is not None
    config = options.load()
    with reading(config) as store:
        moment = store.now() - parse_span(since, "--since") if since else None
        rows = store.alerts(since=moment, rule=rule, channel=channel)
        if as_json:
            echo_rows(alert_json(row, config.watcher.timezone) for row in rows)
        else:
            for row in rows:
                _tell_alert(row, config.watcher.timezone)
    return 0


def parse_span(text: str, option: str) -> timedelta:
    """A duration that somebody typed behind an option."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _tell_alert(row: AlertRow, timezone: str) -> None:
    alert = row.alert
    created = show_time(alert.created, timezone)
    echo(f"{created}  {row.state:<10} {alert.severity.value:<8} {alert.rule}: {plain(alert.title)}")
    if row.state == "suppressed":
        echo(f"    {alert.id}  {plain(alert.reason)}")
        return
    for hold in row.holds:
        until = show_time(hold.due, timezone)
        echo(f"    {alert.id}  {hold.channel} is told at {until} ({HOLDS[hold.code][0]})")
    for one in row.deliveries:
        trouble = f": {plain(one.last_error)}" if one.last_error else ""
        echo(
            f"    {alert.id}  {one.channel} ({one.recipient}) {one.state.value}, "
            f"{one.attempts} attempts{trouble}"
        )


# --- one alert ---------------------------------------------------------------------------------


def find_alert(store: SqlStore, start: str) -> str:
    """The id of the one alert that begins so. Raises `NotFoundError`."""
    found = store.find_alerts(start.strip().lower())
    if len(found) == 1 or start in found:
        return start if start in found else found[0]
    if found:
        raise NotFoundError(f"several alerts begin with {start}: write more of the id")
    raise NotFoundError(f"there is no alert {start}: `watcher alerts` lists them")


@alerts_command.command("show")
@click.argument("alert", metavar="ID")
@_JSON
@pass_options
def alerts_show(options: Options, alert: str, as_json: bool) -> int:
    """One alert: what was said, to whom, every attempt, and what readers thought of it."""
    config = options.load()
    timezone = config.watcher.timezone
    with reading(config) as store:
        found = find_alert(store, alert)
        (row,) = store.alerts(only=found)
        detail = store.alert_detail(found)
    if as_json:
        echo_json(alert_json(row, timezone) | _detail_json(detail, timezone))
    else:
        _tell_alert(row, timezone)
        _tell_detail(row, detail, timezone)
    return 0


def _detail_json(detail: AlertDetail, timezone: str) -> dict[str, Any]:
    said = detail.feedback
    return {
        "messages": [
            {"delivery": delivery, "title": one.title, "text": one.text}
            for delivery, one in detail.messages.items()
        ],
        "attempts": [
            {
                "delivery": one.delivery,
                "attempt": one.attempt,
                "at": show_time(one.at, timezone),
                "outcome": one.outcome.value,
                "error": one.error or None,
            }
            for one in detail.attempts
        ],
        "feedback": said
        and {
            "useful": said.useful,
            "note": said.note,
            "author": said.author,
            "at": show_time(said.at, timezone),
        },
    }


def _tell_detail(row: AlertRow, detail: AlertDetail, timezone: str) -> None:
    alert = row.alert
    echo(f"    article {alert.article} of {alert.source}, story {alert.story}")
    echo(f"    why: {plain(alert.reason)}")
    places = {one.id: f"{one.channel} ({one.recipient})" for one in row.deliveries}
    for one in detail.attempts:
        trouble = f": {plain(one.error)}" if one.error else ""
        place = places.get(one.delivery, one.delivery)
        echo(
            f"    {show_time(one.at, timezone)}  {place}, attempt {one.attempt}: "
            f"{one.outcome.value}{trouble}"
        )
    if said := detail.feedback:
        note = f": {plain(said.note)}" if said.note else ""
        echo(f"    {'useful' if said.useful else 'useless'}, says {plain(said.author)}{note}")
    for text in dict.fromkeys(one.text for one in detail.messages.values()):
        echo()
        for line in text.splitlines():
            echo(f"    | {plain(line)}")


@alerts_command.command("resend")
@click.argument("alert", metavar="ID")
@pass_options
def alerts_resend(options: Options, alert: str) -> int:
    """Send an alert once more to everybody who was to get it; what is held goes now."""
    with writing(options.load()) as store:
        found = find_alert(store, alert)
        count = store.resend(found)
        if not count:
            (row,) = store.alerts(only=found)
            why = plain(row.alert.reason)
            echo(f"alert {found} was never meant for anybody ({why}): nothing to send", err=True)
            return 1
    echo(f"{count} messages of alert {found} are sent again")
    return 0


@alerts_command.command("useful")
@click.argument("alert", metavar="ID")
@click.option("--note", default="", help="What made it so.")
@pass_options
def alerts_useful(options: Options, alert: str, note: str) -> int:
    """Say that an alert was worth it; counted for its rule."""
    return _judge(options, alert, useful=True, note=note)


@alerts_command.command("useless")
@click.argument("alert", metavar="ID")
@click.option("--note", default="", help="What made it so.")
@pass_options
def alerts_useless(options: Options, alert: str, note: str) -> int:
    """Say that an alert was noise; counted for its rule."""
    return _judge(options, alert, useful=False, note=note)


def _judge(options: Options, alert: str, *, useful: bool, note: str) -> int:
    with writing(options.load()) as store:
        found = find_alert(store, alert)
        store.give_feedback(found, useful=useful, note=note, author=who())
        (row,) = store.alerts(only=found)
        counts = store.usefulness()[row.alert.rule]
        echo(
            f"alert {found} is {'useful' if useful else 'useless'}; of the alerts of "
            f"{row.alert.rule} {counts.useful} were useful and {counts.useless} useless"
        )
    return 0


def who() -> str:
    """Who runs this command, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


# --- routes ------------------------------------------------------------------------------------


@alerts_command.command("route")
@click.argument("rule", metavar="RULE")
@click.option("--source", help="The source of the article; without it, any.")
@_JSON
@pass_options
def alerts_route(options: Options, rule: str, source: str | None, as_json: bool) -> int:
    """Who would be told of a rule's alerts, and why, before anything is sent."""
    config = options.load()
    info = find_rule(options, config, rule)
    policy = policy_of(config)
    steps = trace_routes(info, source, policy.routes)
    channels = dict.fromkeys(name for step in steps if step.fits for name in step.to)
    rows = [_channel_row(config, name, info, policy.floors) for name in channels]
    if as_json:
        echo_json({"rule": info.id, "steps": [_step_json(one) for one in steps], "to": rows})
        return 0
    tags = f", tags {', '.join(info.tags)}" if info.tags else ""
    echo(f"{info.id}: severity {info.severity.value}{tags}, status {info.status.value}")
    for step in steps:
        echo(f"  {'✓' if step.fits else '✗'} {step.name} → {', '.join(step.to)}: {step.why}")
    for row in rows:
        mark, who_told = ("→", ", ".join(row["recipients"])) if row["told"] else ("✗", row["why"])
        echo(f"  {mark} {row['channel']}: {who_told}")
    if not any(row["told"] for row in rows):
        echo("  nobody would be told")
    if info.status is not Status.ACTIVE:
        echo(f"  but nothing is sent while its status is {info.status.value}")
    return 0


def find_rule(options: Options, config: Config, rule: str) -> RuleInfo:
    """The rule of this id in the rule files. Raises `NotFoundError` with a suggestion."""
    folder = config.path(config.watcher.rules)
    files = [
        load_rule_file(path, name=shown_path(path), language=options.language)
        for path in find_rule_files([folder])
    ]
    rules, _ = link([one for one in files if not one.broken])
    infos = {one.info.id: one.info for one in rules}
    if rule in infos:
        return infos[rule]
    close = difflib.get_close_matches(rule, infos, n=1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    raise NotFoundError(f'there is no rule "{rule}" in {shown_path(folder)}{hint}')


def _channel_row(
    config: Config, name: str, rule: RuleInfo, floors: Mapping[str, int]
) -> dict[str, Any]:
    channel = next((one for one in config.channel if one.name == name), None)
    if channel is None:
        return {"channel": name, "told": False, "recipients": [], "why": "there is no such channel"}
    if floors[name] > rule.severity.rank:
        why = f"takes only {channel.min_severity.value} and higher"
        return {"channel": name, "told": False, "recipients": [], "why": why}
    return {"channel": name, "told": True, "recipients": _recipients(channel), "why": ""}


def _recipients(channel: Channel) -> list[str]:
    """Who reads a channel, without any secret."""
    if channel.kind == "email":
        return list(channel.to)
    if channel.kind == "file":
        return [str(channel.path)]
    if channel.kind == "console":
        return ["console"]
    return [f"{scheme_of(url) or url.partition(':')[0]}" for url in channel.url]


def _step_json(step: RouteStep) -> dict[str, Any]:
    return {"name": step.name, "to": list(step.to), "fits": step.fits, "why": step.why}

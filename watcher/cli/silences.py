"""`watcher silence`: no alerts of a rule, a story or a tag for a while; with who and why."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from watcher.cli.alerts import find_rule, parse_span, who
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_rows, plain, show_time, silence_json
from watcher.cli.show import reading, writing
from watcher.errors import NotFoundError
from watcher.model import Silence


@click.group("silence")
def silence_command() -> None:
    """No alerts of a rule, a story or a tag for a while; ends by itself."""


@silence_command.command("add")
@click.option("--rule", default="", help="The id of a rule.")
@click.option("--story", default="", help="The id of a story, from `watcher alerts show`.")
@click.option("--tag", default="", help="A tag of rules.")
@click.option("--for", "span", required=True, help="For how long, like 4h.")
@click.option("--why", required=True, help="What colleagues will read.")
@click.option("--by", "author", default="", help="Who says so (default: the user).")
@pass_options
def silence_add(
    options: Options, rule: str, story: str, tag: str, span: str, why: str, author: str
) -> int:
    """Tell nobody until then; what matches meanwhile is listed as suppressed."""
    if [bool(rule), bool(story), bool(tag)].count(True) != 1:
        raise click.UsageError("name one of --rule, --story and --tag")
    config = options.load()
    if rule:
        find_rule(options, config, rule)
    now = datetime.now(UTC)
    wanted = Silence(
        id="",
        until=now + parse_span(span, "--for"),
        why=why,
        author=author or who(),
        created=now,
        rule=rule,
        story=story,
        tag=tag,
    )
    with writing(config) as store:
        made = store.add_silence(wanted)
    echo(f"{made.id}: {_about(made)} is silent until {show_time(made.until, _zone(options))}")
    return 0


@silence_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a silence.")
@pass_options
def silence_list(options: Options, as_json: bool) -> int:
    """The silences in force, the one that ends first before the others."""
    with reading(options.load()) as store:
        rows = store.silences()
    if as_json:
        echo_rows(silence_json(row, _zone(options)) for row in rows)
        return 0
    for row in rows:
        until = show_time(row.until, _zone(options))
        echo(f"{row.id}  {_about(row)} until {until}, by {plain(row.author)}: {plain(row.why)}")
    if not rows:
        echo("nothing is silenced")
    return 0


@silence_command.command("end")
@click.argument("silence", metavar="ID")
@pass_options
def silence_end(options: Options, silence: str) -> int:
    """End a silence now."""
    with writing(options.load()) as store:
        if not store.end_silence(silence):
            raise NotFoundError(f"no silence {silence} is in force: `watcher silence list`")
    echo(f"{silence} has ended")
    return 0


def _about(row: Silence) -> str:
    what = {"rule": row.rule, "story": row.story, "tag": row.tag}
    return next(f"{name} {plain(value)}" for name, value in what.items() if value)


def _zone(options: Options) -> str:
    return options.load().watcher.timezone

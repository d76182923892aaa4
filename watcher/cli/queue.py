"""`watcher queue`: deliveries that wait or are dead; try them now, or give them up."""

from __future__ import annotations

from collections.abc import Sequence

import click

from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo, echo_rows, plain, queue_json, show_time
from watcher.cli.show import reading, writing
from watcher.errors import NotFoundError
from watcher.listing import DeliveryRow
from watcher.model import DeliveryState
from watcher.store.store import SqlStore

_UNDONE = tuple(state for state in DeliveryState if state is not DeliveryState.DONE)


@click.group("queue")
def queue_command() -> None:
    """Deliveries that wait or are dead."""


@queue_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a delivery.")
@pass_options
def queue_list(options: Options, as_json: bool) -> int:
    """Deliveries that are not done, oldest first."""
    config = options.load()
    with reading(config) as store:
        rows = list(store.deliveries(_UNDONE))
        held = sum(row.held for row in store.overview().channels)
    if as_json:
        echo_rows(queue_json(row, config.watcher.timezone) for row in rows)
        return 0
    for row in rows:
        next_try = show_time(row.next_try, config.watcher.timezone) or "-"
        echo(
            f"{row.state.value:<8} {row.channel} ({row.recipient})  {row.rule}: {plain(row.title)}"
        )
        echo(
            f"    {row.id}  {row.attempts} attempts, next try {next_try}"
            + (f": {plain(row.last_error)}" if row.last_error else "")
        )
    if not rows:
        echo("nothing waits")
    if held:
        echo(f"{held} alerts are told later: `watcher alerts` says when")
    return 0


def _choosing(command: click.Command) -> click.Command:
    """The ways to say which deliveries are meant."""
    command.params += [
        click.Argument(["ids"], nargs=-1, metavar="[ID]…"),
        click.Option(["--channel"], help="All of this channel."),
        click.Option(["--dead"], is_flag=True, help="All that are dead."),
        click.Option(["--all", "everything"], is_flag=True, help="All that are not done."),
    ]
    return command


@_choosing
@queue_command.command("retry")
@pass_options
def queue_retry(
    options: Options, ids: tuple[str, ...], channel: str | None, dead: bool, everything: bool
) -> int:
    """Try deliveries now, dead ones too, instead of at their next time."""
    with writing(options.load()) as store:
        chosen = _choose(store, ids, channel, dead, everything)
        count = store.retry(row.id for row in chosen)
    echo(f"{count} deliveries are tried again now")
    return 0


@_choosing
@queue_command.command("drop")
@click.option("--why", default="", help="For the record.")
@pass_options
def queue_drop(
    options: Options,
    ids: tuple[str, ...],
    channel: str | None,
    dead: bool,
    everything: bool,
    why: str,
) -> int:
    """Give deliveries up for good; their alerts stay listed, with the reason."""
    with writing(options.load()) as store:
        chosen = _choose(store, ids, channel, dead, everything)
        reason = f"dropped by hand: {why}" if why else "dropped by hand"
        count = store.drop([row.id for row in chosen], reason)
    echo(f"{count} deliveries are dropped")
    return 0


def _choose(
    store: SqlStore, ids: Sequence[str], channel: str | None, dead: bool, everything: bool
) -> list[DeliveryRow]:
    """The deliveries that are meant. Raises `NotFoundError`, and UsageError where none is named."""
    if not (ids or channel or dead or everything):
        raise click.UsageError("say which: ids from `watcher queue list`, --channel, --dead, --all")
    rows = list(store.deliveries(_UNDONE))
    for start in ids:
        if not any(row.id.startswith(start) for row in rows):
            raise NotFoundError(f"nothing that waits or is dead has the id {start}")
    return [
        row
        for row in rows
        if (not ids or row.id.startswith(tuple(ids)))
        and (channel is None or row.channel == channel)
        and (not dead or row.state is DeliveryState.DEAD)
    ]

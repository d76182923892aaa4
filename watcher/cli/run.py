"""`watcher run`: the daemon, or one round of it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import click

from watcher.app import App, dry, require_channels
from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo
from watcher.config import Config
from watcher.lock import StateLock
from watcher.log import start_logging


@click.command("run")
@click.option("--once", is_flag=True, help="Poll every source once, deliver what is due, exit.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; store and send nothing.")
@pass_options
def run_command(options: Options, once: bool, dry_run: bool) -> int:
    """The daemon; with --once poll every source once and exit."""
    config = options.load()
    quiet = once and options.verbosity == 0
    start_logging(config.ops.log, verbosity=-1 if quiet else options.verbosity)
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="news-watcher-") as folder:
            return asyncio.run(_once(dry(config, Path(folder)), options))
    require_channels(config, str(options.config_path()))
    if once:
        return asyncio.run(_once(config, options))
    return asyncio.run(_forever(options))


async def _forever(options: Options) -> int:
    from watcher.daemon import Daemon

    def load() -> Config:
        config = options.load()
        require_channels(config, str(options.config_path()))
        return config

    await Daemon(load, color=options.use_color()).run()
    return 0


async def _once(config: Config, options: Options) -> int:
    from watcher.daemon import run_once

    lock = StateLock(config.path(config.watcher.state))
    app = App(config, color=options.use_color())
    try:
        await app.start()
        await run_once(app)
        overview = await app.work(app.store.overview)
    finally:
        await app.close()
        lock.release()
    for channel in overview.channels:
        if channel.waiting:
            echo(
                f"{channel.waiting} deliveries wait for {channel.name}: {channel.last_error}",
                err=True,
            )
    return 0

"""The command's frame: global options, exit statuses, commands loaded only when called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher import __version__
from watcher.errors import ConfigError, WatcherError

if TYPE_CHECKING:
    from watcher.config import Config

#: name: (module under watcher.cli, what it does). The module has a command of that name.
_COMMANDS = {
    "init": ("init", "A folder to start from: configuration, a rule, settings for editors."),
    "try": ("trial", "Read documents, match them, and show what would be sent and why."),
    "explain": ("explain", "Why a rule matches or why not; what became of an archived article."),
    "missed": ("missed", "I should have had this: which step lost an article."),
    "check": ("rules", "Check the configuration and the rule files: all problems at once."),
    "test": ("rules", "Run the tests inside rule files."),
    "backtest": ("backtest", "The archive under other rules: what would be told more, or less."),
    "rules": ("rules", "The rule set: list, what a term finds, the schema for editors."),
    "run": ("run", "The daemon; with --once poll every source once and exit."),
    "source": ("sources", "Where articles come from: list, probe, add, import, export, pause."),
    "status": ("show", "What it is doing, what is broken, since when."),
    "alerts": ("alerts", "What was told to whom, and what was suppressed and why."),
    "channel": ("channels", "Named places for people: list them, send each a test."),
    "queue": ("queue", "Deliveries that wait or are dead: list, retry, drop."),
    "silence": ("silences", "No alerts of a rule, a story or a tag for a while."),
}
_SYSTEM_CONFIG = Path("/etc/news-watcher/config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the global options say."""

    config: Path | None = None
    verbosity: int = 0
    language: str = "en"
    color: str = "auto"

    def config_path(self) -> Path:
        """The configuration file; raises `ConfigError` where there is none."""
        from watcher.errors import Problem

        if self.config is not None:
            return self.config
        for path in (Path("config.toml"), _SYSTEM_CONFIG):
            if path.is_file():
                return path
        message = f"no configuration: no ./config.toml and no {_SYSTEM_CONFIG}; name one with -c"
        raise ConfigError(
            [Problem(file="config.toml", line=0, column=0, code="C001", message=message)]
        )

    def load(self) -> Config:
        """The configuration. Raises `ConfigError` with every problem."""
        from watcher.config import load_config

        return load_config(self.config_path())

    def use_color(self) -> bool:
        """Whether stdout gets colors."""
        if self.color != "auto":
            return self.color == "always"
        return not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def _set(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put a global option into `Options`, before the command or behind it."""
    ctx.obj = ctx.obj or Options()
    if value is None:
        return
    name = str(parameter.name)
    if name in {"quiet", "verbose"}:
        name, value = "verbosity", -1 if name == "quiet" else 1
    ctx.obj = replace(ctx.obj, **{name: value})


def _global_options() -> list[click.Parameter]:
    """The options that every command takes, before its name and behind it."""

    def option(*names: str, **values: Any) -> click.Option:
        return click.Option(names, default=None, expose_value=False, callback=_set, **values)

    return [
        option(
            "-c",
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            help=f"Configuration file (default: ./config.toml, then {_SYSTEM_CONFIG}).",
        ),
        option("-q", "--quiet", flag_value=True, is_flag=True, help="Only warnings and errors."),
        option("-v", "--verbose", flag_value=True, is_flag=True, help="More detail."),
        option("--lang", "language", type=click.Choice(["nl", "en"]), help="Messages in Dutch."),
        option("--color", type=click.Choice(["auto", "always", "never"]), help="Colors on stdout."),
    ]


def take_global_options(command: click.Command) -> click.Command:
    """Let a command and its subcommands take the global options too."""
    taken = {name for parameter in command.params for name in parameter.opts}
    for option in _global_options():
        if not taken & set(option.opts):
            command.params.append(option)
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            take_global_options(subcommand)
    return command


class _Commands(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the manual."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"watcher.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return take_global_options(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    params=_global_options(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="watcher")
def cli() -> None:
    """Watch news, match rules, tell people once, fast, and with the reason."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and leave with its exit status (see docs/commands.md)."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    try:
        result = cli.main(args=arguments, prog_name="watcher", standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe has gone: nothing more can be said to it, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ConfigError as error:
        _show_problems(error)
        return error.exit_status
    except WatcherError as error:
        click.echo(f"watcher: {error}", err=True)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return result if isinstance(result, int) else 0


def _show_problems(error: ConfigError) -> None:
    from watcher.rules.problems import show_problem

    for problem in error.problems:
        click.echo(show_problem(problem), err=True)


def pass_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand the global options to a command as its first argument."""
    return click.make_pass_decorator(Options)(function)

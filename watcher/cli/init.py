"""`watcher init`: a folder to start from, with a configuration, a rule and settings for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from watcher.cli.main import Options, pass_options
from watcher.cli.output import echo
from watcher.rules.schema import rule_schema

_CONFIG = """\
# Configuration of news-watcher. Every key with its default stands in config.example.toml.

[watcher]
language = "nl"                    # of alerts: "nl" or "en"
timezone = "Europe/Amsterdam"

[[source]]
name = "map"
type = "folder"
path = "drop"                      # files that are put here are read, and moved to drop/done

# [[source]]
# name = "nos"
# type = "feed"
# url = "https://feeds.example.org/nieuws.xml"
# every = "10m"

[[channel]]
name = "scherm"
type = "console"                   # alerts on the terminal; any Apprise URL: url = "slack://…"

# [[channel]]
# name = "piket"
# type = "email"
# smtp = "credential:mail"         # smtp+starttls://user:password@host, kept out of this file
# from = "Nieuwswacht <wacht@example.org>"
# to = ["desk@example.org"]

[[route]]
to = ["scherm"]                    # what fits no earlier route goes here
"""

_RULE = """\
# yaml-language-server: $schema=rules.schema.json
# Een regelbestand. Alles erover: docs/regels.md (Engels: docs/rules.md).
version: 1

define:
  # Words that belong together get a name; rules use it as $bestand.
  bestand: [staakt-het-vuren, wapenstilstand, gevechtspauze]

rules:
  - id: staakt-het-vuren            # small letters, digits, hyphens; unique
    title: Staakt-het-vuren         # stands in the alert
    why: De directie wil elk bestand binnen vijf minuten weten.
    severity: high                  # low, normal, high, critical
    match:
      all:                          # both of these
        - $bestand
        - [Oekraïne, Rusland]       # one of these; word forms are found too
    except: [staakt-het-vuren in Gaza]
    tests:
      - match: Turkije wil een staakt-het-vuren in Oekraïne.
      - no_match: Het staakt-het-vuren in Gaza houdt stand, zegt Rusland.

  - id: embargo
    title: Embargo
    match: embargo                  # finds wapenembargo and embargobesluit too
    tests:
      - match: De EU overweegt een olie-embargo.
      - no_match: De EU overweegt sancties.
"""

_SETTINGS = {"yaml.schemas": {"./rules/rules.schema.json": ["rules/**/*.yaml"]}}


@click.command("init")
@click.argument("folder", required=False, default=".", type=click.Path(path_type=Path))
@pass_options
def init_command(options: Options, folder: Path) -> int:
    """A folder to start from; files that are there already stay as they are."""
    files = {
        "config.toml": _CONFIG,
        "rules/voorbeeld.yaml": _RULE,
        "rules/rules.schema.json": json.dumps(rule_schema(), indent=2) + "\n",
        ".vscode/settings.json": json.dumps(_SETTINGS, indent=2) + "\n",
    }
    for name, text in files.items():
        path = folder / name
        if path.exists():
            echo(f"{path} is there already: left as it is")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        echo(f"{path}")
    (folder / "drop").mkdir(exist_ok=True)
    where = "" if folder == Path() else f"cd {folder} && "
    echo(f"\nNext: {where}watcher check && watcher test, then put a text in drop/ and")
    echo("      watcher run --once")
    return 0

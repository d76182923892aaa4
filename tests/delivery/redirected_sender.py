"""The sending child, with the fixed addresses in Apprise turned to this machine.

    redirected_sender.py PORT

Only Apprise's own constants change: what is sent is made by the very code that is tested.
"""

from __future__ import annotations

import runpy
import sys
from types import SimpleNamespace
from typing import Any

import apprise.plugins.discord as discord
import apprise.plugins.slack as slack
import apprise.plugins.telegram as telegram
import apprise.plugins.workflows as workflows
import requests


def _without_tls(url: str, **options: Any) -> Any:
    """Teams: its plugin knows no other scheme than https."""
    return requests.post(url.replace("https://", "http://", 1), **options)


if __name__ == "__main__":
    here = f"http://127.0.0.1:{sys.argv[1]}"
    slack.NotifySlack.webhook_url = f"{here}/slack"
    telegram.NotifyTelegram.notify_url = f"{here}/bot"
    discord.NotifyDiscord.notify_url = f"{here}/discord"
    workflows.requests = SimpleNamespace(**{**vars(requests), "post": _without_tls})
    runpy.run_module("watcher.delivery.sender", run_name="__main__")

"""The killable child that sends with Apprise: `python -m watcher.delivery.sender`.

config    {"urls": [...], "timeout": seconds}            once, answered by {"ready": [...]}
request   {"id", "recipient", "title", "text", "alert_id"}
answer    {"id", "sent", "error", "retry_after"}
"""

from __future__ import annotations

import contextlib
import logging
import re
from datetime import UTC, datetime
from typing import Any

from watcher.delivery.address import scrub
from watcher.delivery.plain import clean, cut, defuse, shorten
from watcher.delivery.serve import Handler, serve
from watcher.delivery.wire import Wire
from watcher.model import Sent

#: Services for programs and mail boxes: a mention there rings nobody, so the text stays exact.
_NOT_CHAT = {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "syslog"}
_WITH_HEADERS = {"json", "jsons", "xml", "xmls", "form", "forms"}
_MAIL = {"mailto", "mailtos"}
_ERROR_MAX = 500


class _Memory(logging.Handler):
    """Apprise's warnings about this transmission, kept in memory only."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(logging.WARNING)
        self._wire = wire

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._wire.log) < 5:
            with contextlib.suppress(Exception):  # a log line that cannot be formatted is no loss
                self._wire.log.append(record.getMessage())


class Sender:
    """Apprise, prepared for one channel: one plugin for each recipient."""

    def __init__(self, urls: list[str], timeout: float) -> None:
        import apprise

        self._wire = Wire()
        self._wire.watch()
        logger = logging.getLogger("apprise")
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        logger.handlers[:] = [_Memory(self._wire)]
        asset = apprise.AppriseAsset(async_mode=False, service_timeout=0, http_redirects=False)
        self._text = apprise.NotifyFormat.TEXT
        self._urls = urls
        self._plugins = [_prepare(apprise.Apprise.instantiate(url, asset), timeout) for url in urls]

    @property
    def unusable(self) -> list[int]:
        """The recipients whose address Apprise cannot use."""
        return [number for number, plugin in enumerate(self._plugins) if plugin is None]

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        """One transmission, always answered."""
        number = request["recipient"]
        plugin = self._plugins[number]
        if plugin is None:
            return self._answer(request, Sent.PERMANENT, "the address cannot be used")
        self._wire.reset()
        title, text = _fit(plugin, request["title"], request["text"])
        _name_alert(plugin, request["alert_id"])
        try:
            # Not Apprise.notify: it would obey ?retry= and count a failure of an ?optional=
            # service as delivered.
            done = plugin.notify(body=text, title=title, body_format=self._text)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is the answer
            done = False
            self._wire.log.append(f"{type(error).__name__} in {plugin.service_name}")
        if done:
            return self._answer(request, Sent.DONE, "")
        sent, reason = self._wire.verdict()
        return self._answer(request, sent, reason)

    def _answer(self, request: dict[str, Any], sent: Sent, reason: str) -> dict[str, Any]:
        error = scrub(clean(reason[: 4 * _ERROR_MAX]), self._urls[request["recipient"]])
        wait = self._wire.wait_s(datetime.now(UTC)) if sent is Sent.TEMPORARY else None
        return {
            "id": request["id"],
            "sent": sent.value,
            "error": cut(error, _ERROR_MAX),
            "retry_after": wait,
        }


def _prepare(plugin: Any, timeout: float) -> Any:
    """Take from the plugin what would redirect, wait or split, whatever its URL says."""
    if plugin is None:
        return None
    plugin.request_rate_per_sec = 0
    plugin.redirects = False
    # Before the parent's deadline, because a host that cannot be reached got nothing for sure.
    plugin.socket_connect_timeout = min(10.0, timeout / 2)
    plugin.socket_read_timeout = timeout
    if plugin.schema in _MAIL:
        # smtplib knows one time-out for everything.
        plugin.socket_connect_timeout = timeout * 0.8
    # We cut first, so this never happens; splitting would repeat the parts on a second try.
    plugin.overflow_mode = "truncate"
    return plugin


def _fit(plugin: Any, title: str, text: str) -> tuple[str, str]:
    """Title and text harmless for this service, and within its limits."""
    if plugin.schema not in _NOT_CHAT:
        title, text = defuse(title), defuse(text)
    if plugin.title_maxlen > 0:
        title = cut(title, plugin.title_maxlen)
    limit = plugin.body_maxlen
    if plugin.overflow_amalgamate_title or plugin.title_maxlen <= 0:
        limit -= len(title) + 2
    return title, shorten(text, max(limit, 1))


def _name_alert(plugin: Any, alert_id: str) -> None:
    """The alert's id in headers that let a receiver see a repeat."""
    value = re.sub(r"[^\x21-\x7e]", "", alert_id)
    if plugin.schema in _WITH_HEADERS:
        plugin.headers.update({"X-Alert-Id": value, "Idempotency-Key": value})
    elif plugin.schema in _MAIL:
        plugin.headers.update({"X-Alert-Id": value, "Auto-Submitted": "auto-generated"})


def _prepare_sender(config: dict[str, Any]) -> tuple[dict[str, Any], Handler]:
    sender = Sender(config["urls"], config["timeout"])
    return {"ready": sender.unusable}, sender.send


if __name__ == "__main__":
    serve(_prepare_sender)

"""The killable child that sends with Apprise: `python -m watcher.delivery.sender`.

config    {"urls": [...], "timeout": seconds}            once, answered by {"ready": [...]}
request   {"id", "recipient", "title", "text", "alert_id"}
answer    {"id", "sent", "error", "retry_after"}
"""

from __future__ import annotations

import contextlib
import html
import logging
import re
from datetime import UTC, datetime
from typing import Any

from watcher.delivery.address import scheme_of, scrub
from watcher.delivery.chat import Service, fit, prepare
from watcher.delivery.plain import clean, cut
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
        asset = apprise.AppriseAsset(
            async_mode=False,
            service_timeout=0,
            http_redirects=False,
            app_id="news-watcher",
            # No pictures from elsewhere: whoever keeps them would see who reads our alerts.
            image_url_mask="",
            image_url_logo="",
        )
        self._urls = urls
        self._plugins = [_prepare(_plugin(url, asset), timeout) for url in urls]

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
        title, text, kind = _fit(plugin, request["title"], request["text"])
        _name_alert(plugin, request["alert_id"])
        try:
            # Not Apprise.notify: it would obey ?retry= and count a failure of an ?optional=
            # service as delivered.
            done = plugin.notify(body=text, title=title, body_format=kind)
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


def _plugin(url: str, asset: Any) -> Any:
    """Apprise's plugin for an address; None when it cannot be used."""
    import apprise

    try:
        return apprise.Apprise.instantiate(_plainly(url), asset)
    except Exception:  # noqa: BLE001 - plugins break on addresses too; the others must still work
        return None


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
    # We cut before, and know where; splitting would repeat the parts on a second try.
    plugin.overflow_mode = "upstream"
    return plugin


def _plainly(url: str) -> str:
    """The address without ?format=: text that Apprise converts may lose its link."""
    if (scheme_of(url) or "") in _NOT_CHAT:
        return url
    return re.sub(r"(?<=[?&])format=[^&#]*&?", "", url, flags=re.IGNORECASE).rstrip("?&")


def _fit(plugin: Any, title: str, text: str) -> tuple[str, str, Any]:
    """Title and text harmless for this service, within its limits, and what they are to it."""
    from apprise import NotifyFormat

    kind = plugin.resolve_format(NotifyFormat.TEXT)
    # Apprise would escape the address too. Nothing in our text is Markdown any more, so the
    # services that read Markdown get it as it is; only HTML is left to Apprise.
    given = kind if kind == NotifyFormat.MARKDOWN else NotifyFormat.TEXT
    service = Service(
        scheme=plugin.schema,
        title_max=plugin.title_maxlen,
        text_max=plugin.body_maxlen,
        together=plugin.overflow_amalgamate_title,
        grown=_as_html
        if kind == NotifyFormat.HTML
        else lambda text: plugin.dialect_convert(text, kind),
    )
    if plugin.schema in _NOT_CHAT:
        return *fit(service, title, text), NotifyFormat.TEXT
    return *prepare(service, title, text), given


def _as_html(text: str) -> str:
    """As long as the text is when Apprise has made HTML of it."""
    return html.escape(text, quote=False).replace("\n", "\r\n")


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

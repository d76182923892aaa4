"""Between model values and table rows: what an older version wrote stays readable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from watcher.model import Delivery, Message
from watcher.store.rows import delivery_row, to_delivery


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            {"title": "Kop", "text": "Tekst", "html": None},
            Message(title="Kop", text="Tekst"),
        ),
        (
            {"title": "K", "text": "T", "html": "<p>", "thread": "st", "series": "r.rule"},
            Message(title="K", text="T", html="<p>", thread="st", series="r.rule"),
        ),
    ],
)
def test_messages_of_every_version(written: dict[str, Any], message: Message) -> None:
    row = {
        "id": "de",
        "alert_id": "al",
        "channel": "post",
        "recipient": "jan@x.example",
        "message": json.dumps(written),
    }
    delivery = Delivery(
        id="de", alert="al", channel="post", recipient="jan@x.example", message=message
    )
    assert to_delivery(row) == delivery
    assert to_delivery(delivery_row(delivery, at=0, created=0)) == delivery

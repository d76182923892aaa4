"""An operator hears of trouble on a channel of theirs, and of each only once."""

from __future__ import annotations

import json

from harness import Home, Loopback, article, block, wait_until


def test_what_cannot_be_delivered_or_read_is_told_to_the_operator_once(
    home: Home, loopback: Loopback
) -> None:
    loopback.refusals["piket"] = (404, {}, b"")
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        block("channel", name="piket", url=loopback.hook("piket")),
        block("channel", name="beheer", url=loopback.hook("beheer")),
        block("route", to=["piket"]),
        block("delivery", backoff=["100ms"], deadline="5s"),
        block("ops", alert_me="beheer"),
    )
    daemon = home.start()
    home.drop("een.txt", article("Delfzijl"))
    home.drop("leeg.txt", "")
    home.rules("rules:\n  - {id: kapot, mach: x}\n", "kapot.yaml")

    def titles() -> set[str]:
        return {json.loads(one.body)["title"] for one in loopback.hooked("beheer")}

    wanted = (
        "Kanaal piket bezorgt niet: 1 berichten opgegeven",
        "Een document van map was niet te lezen",
        "Een regelbestand heeft een fout",
    )
    wait_until(
        lambda: all(any(one in title for title in titles()) for one in wanted), "all three", 60
    )
    messages = [json.loads(one.body)["message"] for one in loopback.hooked("beheer")]
    assert any("kapot.yaml:2" in one and 'unknown key "mach"' in one for one in messages)
    assert any("leeg.txt: the file is empty" in one for one in messages)
    # A restart knows what was told, and tells what is new.
    count = len(loopback.hooked("beheer"))
    daemon.stop()
    home.start()
    home.drop("ook-leeg.txt", "")
    home.rules("rules:\n  - {id: anders, match: [x}\n", "anders.yaml")
    wait_until(lambda: len(loopback.hooked("beheer")) > count, "the other mistake", 60)
    assert len(loopback.hooked("beheer")) == count + 1
    assert "anders.yaml" in loopback.hooked("beheer")[-1].text

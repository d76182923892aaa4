"""A channel that does not deliver: another one takes over, and says so."""

from __future__ import annotations

import json

from harness import Home, Loopback, article, block, free_port, wait_until


def test_another_channel_is_told_what_one_could_not_deliver(home: Home, loopback: Loopback) -> None:
    nobody = f"json://127.0.0.1:{free_port()}/x"
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        block("channel", name="piket", url=nobody, fallback="bode"),
        block("channel", name="bode", url=loopback.hook("bode")),
        block("route", to=["piket"]),
        block("delivery", backoff=["100ms"], deadline="5s"),
    )
    home.start()
    home.drop("een.txt", article("Delfzijl"))
    wait_until(lambda: loopback.hooked("bode"), "the other channel")
    (request,) = loopback.hooked("bode")
    message = json.loads(request.body)["message"]
    assert message.startswith("Overgenomen van het kanaal piket, dat niet bezorgt.")
    assert "Bericht Delfzijl" in message
    (row,) = home.lines("alerts")
    states = {one["channel"]: one["state"] for one in row["deliveries"]}
    assert states == {"piket": "later", "bode": "done"}
    # It goes on trying, and nothing is taken over twice.
    wait_until(
        lambda: home.lines("queue", "list")[0]["attempts"] > 5, "more tries of the first channel"
    )
    assert len(loopback.hooked("bode")) == 1


def test_a_digest_that_is_taken_over_tells_of_the_same_alerts(
    home: Home, loopback: Loopback
) -> None:
    nobody = f"json://127.0.0.1:{free_port()}/x"
    home.config(
        block("source", name="map", type="folder", path="drop", settle="300ms"),
        block("channel", name="piket", url=nobody, fallback="bode", limit="1/3s"),
        block("channel", name="bode", url=loopback.hook("bode")),
        block("route", to=["piket"]),
        block("delivery", backoff=["100ms"], deadline="5s"),
    )
    home.rules("rules:\n  - {id: embargo, match: embargo}\n")
    home.start()
    for town in ("Delfzijl", "Vlissingen", "Harlingen"):
        home.drop(f"{town}.txt", article(town))
    wait_until(lambda: len(loopback.hooked("bode")) == 2, "both messages")
    wait_until(lambda: {one["state"] for one in home.lines("alerts")} == {"told"}, "all told")

"""One story, one alert: what readers get of nine copies, a live blog, a correction, an embargo."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from harness import Home, Loopback, Request, block, wait_until

from watcher.batch import RESTLESS

HEADLINE = "Delfzijl legt schepen aan de ketting"
COPY = (
    "DELFZIJL (ANP) - De havenmeester van Delfzijl heeft woensdag een embargo afgekondigd voor "
    "schepen die graan vervoeren. Zeven kapiteins moeten aan de kade blijven wachten tot de "
    "inspectie hun papieren heeft gezien. Volgens woordvoerder Harkema kan dat dagen duren."
)


class Press:
    """Feeds of several papers, each with the items that a test gave it."""

    def __init__(self, home: Home, loopback: Loopback, *names: str) -> None:
        self._items: dict[str, list[dict[str, str]]] = {name: [] for name in names}
        home.config(
            *(
                block(
                    "source", name=name, type="feed", every="1s",
                    url=loopback.feed(name, lambda _, n=name: (200, {}, self._feed(n))),
                )
                for name in names
            ),
            block("channel", name="piket", url=loopback.hook("piket")),
            block("route", to=["piket"]),
        )  # fmt: skip

    def _feed(self, name: str) -> bytes:
        items = self._items[name]
        return json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": items}
        ).encode()

    def publish(self, name: str, key: str, title: str, text: str) -> None:
        """A new item, or another text for one that is there."""
        item = {
            "id": f"{name}-{key}",
            "url": f"https://{name}.example/{key}",
            "title": title,
            "content_text": text,
            "date_published": datetime.now(UTC).isoformat(),
            "language": "nl",
        }
        kept = [one for one in self._items[name] if one["id"] != item["id"]]
        self._items[name] = [item, *kept]


def articles(home: Home) -> int:
    ((count,),) = home.rows("SELECT COUNT(*) FROM article")
    return int(count)


def messages(loopback: Loopback, count: int) -> list[dict[str, Any]]:
    """The messages, when there are so many."""

    def enough() -> list[Request]:
        found = loopback.hooked("piket")
        return found if len(found) >= count else []

    return [json.loads(one.body) for one in wait_until(enough, f"message {count}")]


def test_nine_papers_with_one_copy_are_one_message_and_news_is_another(
    home: Home, loopback: Loopback
) -> None:
    papers = [f"krant{number}" for number in range(1, 10)]
    press = Press(home, loopback, *papers)
    home.start()
    press.publish(papers[0], "1", HEADLINE, COPY)
    messages(loopback, 1)
    for number, paper in enumerate(papers[1:], start=2):
        more = f" Lees ook op {paper} wat er vandaag nog meer in de haven gebeurt."
        press.publish(paper, "1", f"Krant {number}: graanschepen liggen vast", COPY + more)
    wait_until(lambda: articles(home) == 9, "nine articles")
    press.publish(
        papers[0], "2", "Rechter heft embargo in Delfzijl op",
        "De rechter in Groningen heeft het embargo voor graanschepen in Delfzijl opgeheven. "
        "Havenmeester en inspectie kregen ongelijk: de zeven kapiteins mogen vertrekken. "
        "Volgens woordvoerder Harkema wordt bekeken of hoger beroep zin heeft.",
    )  # fmt: skip
    first, update = messages(loopback, 2)
    assert HEADLINE in first["title"]
    assert "VERVOLG" in update["title"]
    assert "De rechter in Groningen heeft het" in update["message"]
    assert "hoger beroep" not in update["message"]
    rows = home.rows("SELECT code, COUNT(*) FROM alert GROUP BY code ORDER BY code")
    assert rows == [("duplicate", 8), ("first-report", 1), ("new-fact", 1)]
    ((story,),) = {tuple(one) for one in home.rows("SELECT story FROM article")}
    assert story


def test_a_live_blog_tells_each_new_matched_sentence_once(home: Home, loopback: Loopback) -> None:
    press = Press(home, loopback, "bode")
    home.start()
    press.publish("bode", "blog", HEADLINE, COPY)
    messages(loopback, 1)
    quiet = f"Op de kade staan intussen tientallen nieuwsgierigen te kijken.\n\n{COPY}"
    press.publish("bode", "blog", HEADLINE, quiet)
    wait_until(lambda: articles(home) == 2, "the first revision")
    loud = f"Ook Eemshaven en Lauwersoog stellen nu een embargo in voor graanschepen.\n\n{quiet}"
    press.publish("bode", "blog", HEADLINE, loud)
    _, update = messages(loopback, 2)
    assert "Ook Eemshaven en Lauwersoog" in update["message"]
    assert "havenmeester van Delfzijl" not in update["message"]
    rows = home.rows("SELECT code FROM alert ORDER BY created")
    assert [code for (code,) in rows] == ["first-report", "same-story", "new-fact"]


def test_what_is_under_embargo_waits_for_its_hour(home: Home, loopback: Loopback) -> None:
    home.standard(
        loopback,
        block("channel", name="pers", url=loopback.hook("pers"), embargo="send"),
        block("route", to=["pers"], rule="embargo"),
    )
    home.rules("rules:\n  - {id: haven, match: kapiteins, alert: {to: [piket, pers]}}\n")
    home.start()
    end = datetime.now(UTC) + timedelta(seconds=6)
    document = {
        "uri": "urn:example:1", "type": "text", "language": "nl", "headline": HEADLINE,
        "body_text": COPY, "embargoed": end.isoformat(), "versioncreated": end.isoformat(),
    }  # fmt: skip
    home.drop("bericht.json", json.dumps(document))
    wait_until(lambda: loopback.hooked("pers"), "who may have it at once")
    assert datetime.now(UTC) < end, "this machine is too slow for this test"
    assert loopback.hooked("piket") == []
    wait_until(lambda: loopback.hooked("piket"), "the end of the embargo")
    assert datetime.now(UTC) >= end


def test_an_article_that_changes_at_every_fetch_is_bounded_and_named(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    home.rules("rules:\n  - {id: haven, match: havenmeester}\n")
    home.start()
    for number in range(1, RESTLESS + 4):
        item = {
            "id": "blog", "url": "https://bode.example/blog", "title": HEADLINE,
            "content_text": f"{COPY} Teller van de redactie: stand {number * 7} van vandaag.",
        }  # fmt: skip
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "bode", "items": [item]}
        home.drop(f"{number:02}.json", json.dumps(feed))
    wait_until(lambda: home.left() == [], "all files")
    assert articles(home) == RESTLESS
    # Four other figures might be corrections; after that they are a counter's.
    ((told,),) = home.rows("SELECT COUNT(*) FROM alert WHERE suppressed = 0")
    assert told <= 5
    ((event,),) = home.rows("SELECT event FROM source")
    assert HEADLINE in event
    rows = home.rows("SELECT changes FROM article WHERE revision_of IS NOT NULL ORDER BY seen")
    assert json.loads(rows[0][0]) == [
        "- Teller van de redactie: stand 7 van vandaag.",
        "+ Teller van de redactie: stand 14 van vandaag.",
    ]
    (source,) = home.json("status")["sources"]
    assert "changes at every fetch" in source["event"]


def test_an_agency_takes_back_what_it_sent_without_saying_it_again(
    home: Home, loopback: Loopback
) -> None:
    home.standard(loopback)
    home.start()
    uri = "urn:agency:2041"
    item = {"uri": uri, "pubstatus": "usable", "headline": HEADLINE, "body_text": COPY}
    home.drop("een.json", json.dumps(item))
    messages(loopback, 1)
    home.drop("twee.json", json.dumps({"uri": uri, "pubstatus": "canceled"}))
    _, withdrawn = messages(loopback, 2)
    assert "INGETROKKEN" in withdrawn["title"]
    ((kind, suppressed),) = home.rows(
        "SELECT kind, suppressed FROM alert ORDER BY created DESC LIMIT 1"
    )
    assert (kind, suppressed) == ("WITHDRAWN", 0)

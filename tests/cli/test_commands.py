"""The commands from outside: output, JSON and exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def drop(project: Path, name: str, text: str) -> None:
    (project / "drop" / name).write_text(text, encoding="utf-8")


def test_a_round_tells_once_and_a_second_one_nothing(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Er komt een embargo op olie.")
    drop(project, "b.txt", "Er is brand.")
    first = watcher("run", "--once")
    assert (first.status, first.err) == (0, "")
    assert "»brand«" in first.out
    (line,) = (project / "piket.jsonl").read_text().splitlines()
    assert "»embargo«" in json.loads(line)["text"]
    drop(project, "c.txt", "Er is brand.")
    assert watcher("run", "--once").out == ""
    assert len((project / "piket.jsonl").read_text().splitlines()) == 1


def test_a_dry_run_prints_and_changes_nothing(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Er komt een embargo op olie.")
    assert "»embargo«" in watcher("run", "--once", "--dry-run").out
    assert not (project / "piket.jsonl").exists()
    assert not (project / "state").exists()
    assert (project / "drop" / "a.txt").exists()


def test_alerts_status_and_queue_as_json(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Er komt een embargo op olie.")
    drop(project, "b.txt", "De stilte keert terug.")
    drop(project, "c.txt", "")
    assert watcher("run", "--once").status == 0
    alerts = {row["rule"]: row for row in watcher("alerts", "--json").rows}
    told, unrouted = alerts["embargo"], alerts["stil"]
    assert (told["state"], told["kind"], told["severity"]) == ("told", "NEW", "high")
    (delivery,) = told["deliveries"]
    assert (delivery["channel"], delivery["state"], delivery["attempts"]) == ("piket", "done", 1)
    assert delivery["possible_repeat"] is False
    assert (unrouted["state"], unrouted["reason"]) == ("suppressed", "no route")
    (status,) = watcher("status", "--json").rows
    assert (status["articles"], status["alerts"]) == (2, 2)
    assert status["healthy"] is False
    assert {one["what"] for one in status["problems"]} == {"routes", "quarantine"}
    assert status["quarantine"][0]["reason"] == "the file is empty"
    assert status["rules"] == {"active": 3, "files": 1, "problems": []}
    assert [one["name"] for one in status["channels"]] == ["piket", "scherm"]
    assert watcher("queue", "list", "--json").rows == []
    assert (project / "drop" / "failed" / "c.txt.reason.txt").read_text() == "the file is empty\n"


def test_alerts_can_be_narrowed(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Embargo en brand.")
    watcher("run", "--once")
    assert [row["rule"] for row in watcher("alerts", "--json", "--rule", "brand").rows] == ["brand"]
    assert len(watcher("alerts", "--json", "--channel", "piket").rows) == 1
    assert len(watcher("alerts", "--json", "--since", "1h").rows) == 2
    assert watcher("alerts", "--since", "gisteren").status == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "other.toml", "check"],
        ["check", "-c", "other.toml"],
        ["test", "--config", "other.toml"],
    ],
)
def test_global_options_stand_before_the_command_or_behind_it(
    project: Path, watcher: Run, arguments: list[str]
) -> None:
    (project / "config.toml").rename(project / "other.toml")
    (project / "rules").rename(project / "regels")
    other = (project / "other.toml").read_text()
    (project / "other.toml").write_text(f'[watcher]\nrules = "regels"\n{other}')
    assert watcher(*arguments).status == 0
    assert watcher("queue", "list", "--json", "-c", "other.toml").status == 69
    assert watcher("check", "--lang", "nl", "-c", "niet.toml").status == 78


def test_before_the_first_round_there_is_no_store(watcher: Run) -> None:
    result = watcher("status")
    assert result.status == 69
    assert "no store yet" in result.err


def test_a_broken_configuration_is_78_with_every_problem(project: Path, watcher: Run) -> None:
    (project / "config.toml").write_text("[wacher]\n[[channel]]\nname='x'\n[fetch]\ntimeout=1\n")
    for command in (["run"], ["run", "--once"], ["check"], ["status"]):
        result = watcher(*command)
        assert result.status == 78, command
        assert all(f"config.toml:{line}:" in result.err + result.out for line in (1, 2, 5))


def test_a_channel_nobody_understands_is_78_and_shows_no_secret(
    project: Path, watcher: Run
) -> None:
    config = project / "config.toml"
    config.write_text(
        config.read_text() + '[[channel]]\nname = "x"\nurl = "slakc://GEHEIM/GEHEIM2"\n'
    )
    result = watcher("run", "--once")
    assert result.status == 78
    assert 'channel "x"' in result.err
    assert "GEHEIM" not in result.err


def test_check_reads_the_mail_server_that_a_secret_names(project: Path, watcher: Run) -> None:
    config = project / "config.toml"
    text = config.read_text() + '[[channel]]\nname = "post"\ntype = "email"\n'
    config.write_text(text + 'smtp = "file:smtp"\nfrom = "a@x.nl"\nto = "b@x.nl"\n')
    line = len(text.splitlines()) + 1
    assert watcher("check").status == 0
    for secret, said in (
        (None, "file:smtp: cannot be read"),
        ("smtps://u:GEHEIM@mx.example/pad", "smtp: has more than a host and a port"),
        ("http://u:GEHEIM@mx.example", "smtp: is not the URL of a mail server"),
    ):
        if secret is not None:
            (project / "smtp").write_text(secret + "\n")
        for command in (["check", "--secrets"], ["run", "--once"]):
            result = watcher(*command)
            assert result.status == 78
            shown = result.out + result.err
            assert f'config.toml:{line}:1: error [C007] channel "post": {said}' in shown
            assert "GEHEIM" not in shown
    (project / "smtp").write_text("smtps://u:GEHEIM@mx.example\n")
    assert watcher("check", "--secrets").status == 0


def test_check_tells_everything_with_a_caret(project: Path, watcher: Run) -> None:
    (project / "rules" / "fout.yaml").write_text(
        "rules:\n  - id: r\n    macth: x\n    alert: {to: [pikett]}\n    match: y\n"
    )
    result = watcher("check")
    assert result.status == 1
    assert f"{Path('rules') / 'fout.yaml'}:3:5: error [E201]" in result.out
    assert 'did you mean "match"?' in result.out
    assert 'did you mean "piket"?' in result.out
    assert "\n      |     ^" in result.out


def test_check_tells_failing_tests_as_the_daemon_does(project: Path, watcher: Run) -> None:
    (project / "rules" / "fout.yaml").write_text(
        "rules:\n  - id: r\n    match: brand\n    tests:\n      - no_match: een brand\n"
    )
    (row,) = (row for row in watcher("check", "--json").rows if row["level"] == "error")
    assert (row["code"], row["line"]) == ("E502", 5)
    assert watcher("check").status == 1


def test_check_in_json_and_for_github(project: Path, watcher: Run) -> None:
    (project / "rules" / "fout.yaml").write_text("rules:\n  - {id: r, macth: x}\n")
    rows = watcher("check", "--json").rows
    assert {"file", "line", "column", "level", "code", "message", "hint"} == set(rows[0])
    assert watcher("check", "--format", "github").out.startswith(
        "::error file=rules/fout.yaml,line=2"
    )


def test_check_strict_makes_warnings_errors(project: Path, watcher: Run) -> None:
    (project / "rules" / "zonder.yaml").write_text("rules:\n  - {id: r, match: x}\n")
    assert watcher("check").status == 0
    assert watcher("check", "--strict").status == 1


def test_check_speaks_dutch(project: Path, watcher: Run) -> None:
    (project / "rules" / "fout.yaml").write_text("rules:\n  - {id: r, macth: x}\n")
    assert 'onbekende sleutel "macth"' in watcher("--lang", "nl", "check").out


def test_check_a_single_file_needs_no_configuration(tmp_path: Path, watcher: Run) -> None:
    folder = tmp_path / "elders"
    folder.mkdir()
    (folder / "r.yaml").write_text("rules:\n  - {id: r, match: x, tests: [{match: x}]}\n")
    result = watcher("check", "r.yaml", cwd=folder)
    assert (result.status, result.out) == (0, "1 rules in 1 files: no problems\n")


def test_test_shows_expected_and_actual(project: Path, watcher: Run) -> None:
    (project / "rules" / "fout.yaml").write_text(
        "rules:\n  - id: r\n    match: olie\n    tests:\n      - no_match: De olie stroomt.\n"
    )
    result = watcher("test")
    assert result.status == 1
    assert "rules/fout.yaml:5: r: failed" in result.out
    assert "got      a match: De »olie« stroomt." in result.out
    assert "3 passed, 1 failed, 0 to do" in result.out
    assert watcher("test", "-k", "embargo").status == 0
    row = next(row for row in watcher("test", "--json").rows if row["rule"] == "r")
    assert (row["result"], row["line"]) == ("failed", 5)


STRIP = """Kop van het stuk
DEN HAAG (ANP) - Een embargo op olie.
Meer uit Binnenland
EDE (ANP) - Een boswachter.
5 minuten geledenZEIST (ANP/DPA) - Brand in een bos.
1 uur geleden"""


def test_try_gives_one_object_an_article(project: Path, watcher: Run) -> None:
    (project / "strip.txt").write_text(STRIP, encoding="utf-8")
    result = watcher("try", "strip.txt", "--json", "--captured-at", "2025-12-12T20:20:00+01:00")
    main, _, brief = result.rows
    assert result.status == 0
    article = brief["article"]
    assert (article["part"], article["parts"], article["kind"]) == (3, 3, "brief")
    assert (article["place"], article["agencies"]) == ("ZEIST", ["ANP", "DPA"])
    assert article["published"] == "2025-12-12T19:20:00+01:00"
    assert (article["published_source"], article["published_precision_s"]) == ("relative", 3600)
    (match,) = brief["matches"]
    (hit,) = match["hits"]
    assert article["text"][hit["start"] : hit["end"]] == hit["text"] == "Brand"
    assert brief["alert"] == {"to": ["scherm"], "why": "first report of this story for this rule"}
    assert main["article"]["title_source"] == "headline"
    assert main["article"]["published_source"] == "file"
    assert not (project / "state").exists()


def test_try_reads_stdin_and_tells_duplicates(watcher: Run, project: Path) -> None:
    (project / "a.txt").write_text("Een embargo.", encoding="utf-8")
    (project / "b.txt").write_text("Een  EMBARGO.", encoding="utf-8")
    first, second = watcher("try", "a.txt", "b.txt", "--json").rows
    assert second["duplicate_of"] == first["article"]["id"]
    assert second["alert"]["to"] == []
    piped = watcher("try", "-", stdin=b"Een embargo.")
    assert "»embargo«" in piped.out
    assert "would be told to piket" in piped.out


def test_try_goes_on_after_what_it_cannot_read(watcher: Run, project: Path) -> None:
    (project / "leeg.txt").write_bytes(b"")
    (project / "a.txt").write_text("Een embargo.", encoding="utf-8")
    result = watcher("try", "leeg.txt", "niet.txt", "a.txt")
    assert result.status == 1
    assert "leeg.txt: the document is empty" in result.err
    assert "niet.txt: cannot be read: No such file" in result.err
    assert "»embargo«" in result.out


def test_try_with_rules_of_ones_own_needs_no_configuration(tmp_path: Path, watcher: Run) -> None:
    folder = tmp_path / "elders"
    folder.mkdir()
    (folder / "r.yaml").write_text("rules:\n  - {id: r, match: olie, tests: [{match: olie}]}\n")
    result = watcher("try", "-", "--rules", "r.yaml", "--json", stdin=b"De olie.", cwd=folder)
    (row,) = result.rows
    assert row["matches"][0]["rule"] == "r"
    assert row["alert"] == {"to": [], "why": "no route"}


def test_an_escape_sequence_in_a_title_never_reaches_the_terminal(
    project: Path, watcher: Run
) -> None:
    evil = "Embargo \x1b]0;pwned\x07 op\x1b[31m olie"
    drop(project, "a.txt", evil)
    outputs = [watcher("try", "drop/a.txt").out, watcher("run", "--once").out]
    outputs += [watcher("alerts").out, watcher("status").out]
    assert all("\x1b" not in one and "\x07" not in one for one in outputs)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["rnu"], 2),
        (["run", "--onec"], 2),
        (["try"], 2),
        (["try", "http://x.example/"], 1),
    ],
)
def test_exit_statuses(watcher: Run, arguments: list[str], status: int) -> None:
    assert watcher(*arguments).status == status


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    import subprocess
    import sys

    (project / "a.txt").write_text("Een embargo.\n\n" * 5000, encoding="utf-8")
    command = f"{sys.executable} -m watcher try a.txt --json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=project, capture_output=True, check=False
    )
    assert done.stderr == b""


def test_the_seeds_give_their_terms(shared: Path, root: Path, watcher: Run) -> None:
    expected = json.loads((shared / "seeds" / "expected.json").read_text())
    for name, document in expected.items():
        config = str(root / "config.example.toml")
        rows = watcher("-c", config, "try", str(shared / "seeds" / name), "--json").rows
        assert len(rows) == len(document["articles"])
        for row, wanted in zip(rows, document["articles"], strict=True):
            found = [hit["text"] for match in row["matches"] for hit in match["hits"]]
            assert set(wanted["hits"]) <= set(found)
            if "embargo_count" in wanted:
                assert found.count("embargo") == wanted["embargo_count"]


def test_rules_list_forms_and_schema(watcher: Run) -> None:
    rows = watcher("rules", "list", "--json").rows
    assert [(row["rule"], row["severity"]) for row in rows][:2] == [
        ("embargo", "high"),
        ("brand", "normal"),
    ]
    assert "form      …stakingen…" in watcher("rules", "forms", "staking").out
    assert "apart     treedt … toe" in watcher("rules", "forms", "toe|treden").out
    assert watcher("rules", "forms", "a|b|c").status == 1
    assert json.loads(watcher("rules", "schema").out)["title"] == "news-watcher rule file"


def test_color_is_only_where_it_is_asked_for(project: Path, watcher: Run) -> None:
    drop(project, "a.txt", "Er is brand.")
    assert "\x1b[" in watcher("try", "drop/a.txt", "--color", "always").out
    assert "\x1b[" not in watcher("try", "drop/a.txt").out
    assert "\x1b[" in watcher("run", "--once", "--color", "always").out


def test_a_rule_that_counts_is_listed_and_tried_as_such(tmp_path: Path, watcher: Run) -> None:
    folder = tmp_path / "elders"
    folder.mkdir()
    (folder / "r.yaml").write_text(
        "rules:\n  - {id: veel, match: olie, when: {articles: 2, within: 2h, distinct: source}}\n"
        "  - {id: stil, match: gas, silence: 36h}\n"
    )
    (folder / "config.toml").write_text('[watcher]\nrules = "."\n')
    (many, still) = watcher("rules", "list", "--json", cwd=folder).rows
    assert many["when"] == {"articles": 2, "within": "2h", "distinct": "source"}
    assert (still["silence"], "when" in still) == ("36h", False)
    shown = watcher("rules", "list", cwd=folder).out
    assert "told when: 2 sources within 2 h" in shown
    (tried,) = watcher("try", "-", "--json", stdin=b"De olie is op.", cwd=folder).rows
    assert tried["alert"] == {
        "to": [],
        "why": "told when: 2 sources within 2 h, which only the store can say",
    }

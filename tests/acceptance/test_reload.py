"""Rules that are saved while the daemon runs."""

from __future__ import annotations

import time

from harness import Home, Loopback, article, wait_until


def test_a_saved_rule_is_in_force_without_a_signal(home: Home, loopback: Loopback) -> None:
    home.standard(loopback)
    daemon = home.start()
    home.rules("rules:\n  - {id: brand, match: brand}\n", "nieuw.yaml")
    begun = time.monotonic()
    wait_until(lambda: daemon.says("2 rules from 2 files"), "the new file")
    print(f"seen after {time.monotonic() - begun:.1f} s")
    home.drop("een.txt", article("Delfzijl", "brand"))
    wait_until(lambda: loopback.hooked("piket"), "its alert")
    # A mistake leaves the last good version of that file, and only of that file, in force.
    home.rules("rules:\n  - {id: brand, mach: brand}\n", "nieuw.yaml")
    home.rules("rules:\n  - {id: overstroming, match: overstroming}\n", "regels.yaml")
    wait_until(lambda: daemon.says("its last good version stays in force"), "the mistake")
    home.drop("twee.txt", article("Harlingen", "brand"))
    home.drop("drie.txt", article("Terneuzen", "overstroming"))
    wait_until(lambda: len(loopback.hooked("piket")) == 3, "both alerts")
    problems = home.json("status")["rules"]["problems"]
    assert any('unknown key "mach"' in one for one in problems)
    (home.folder / "rules" / "nieuw.yaml").unlink()
    wait_until(lambda: daemon.says("1 rules from 1 files"), "the file that is gone")
    wait_until(lambda: home.json("status")["healthy"], "the end of the trouble")

"""Addresses that a request may go to, and those that it may not, however they are written."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from watcher.sources.guard import trouble_with

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "145.97.0.1", "172.15.255.255", "172.32.0.1",
    "192.0.1.1", "192.169.0.1", "100.63.255.255", "100.128.0.1", "198.17.255.255", "198.20.0.1",
    "11.0.0.1", "126.255.255.255", "128.0.0.1", "169.253.255.255", "223.255.255.255",
    "2001:4860:4860::8888", "2a02:898::1", "2606:4700::1111", "2a00:1450:400e::5",
    # IPv4 inside IPv6, public itself
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "::8.8.8.8",
    "2a02:898::5efe:8.8.8.8",
]  # fmt: skip

FORBIDDEN = {
    "0.0.0.0": "unspecified", "0.1.2.3": "", "127.0.0.1": "loopback", "127.255.255.254": "loopback",
    "10.0.0.1": "private", "10.255.255.255": "private", "172.16.0.1": "private",
    "172.31.255.255": "private", "192.168.0.1": "private", "192.168.255.255": "private",
    "169.254.0.1": "link-local", "169.254.169.254": "link-local", "100.64.0.1": "reserved",
    "100.127.255.255": "reserved", "192.0.0.8": "reserved", "192.0.0.170": "reserved",
    "192.0.2.1": "", "198.51.100.1": "", "203.0.113.1": "", "192.88.99.1": "reserved",
    "198.18.0.1": "reserved", "198.19.255.255": "reserved", "224.0.0.1": "multicast",
    "224.0.1.1": "multicast", "239.255.255.255": "multicast", "240.0.0.1": "",
    "255.255.255.255": "",
    "::": "unspecified", "::1": "loopback", "fe80::1": "link-local", "fe80::1%eth0": "link-local",
    "febf::1": "link-local", "fc00::1": "private", "fd12:3456::1": "private",
    "fec0::1": "reserved", "ff02::1": "multicast", "ff0e::1": "multicast", "100::1": "reserved",
    "2001::1": "reserved", "2001:db8::1": "reserved", "3fff::1": "reserved", "5f00::1": "reserved",
    # IPv4 inside IPv6
    "::ffff:127.0.0.1": "loopback", "::ffff:10.0.0.1": "private", "::ffff:a9fe:a9fe": "link-local",
    "::ffff:0:192.168.1.1": "private", "::127.0.0.1": "loopback", "::10.1.2.3": "private",
    "64:ff9b::10.0.0.1": "private", "64:ff9b::127.0.0.1": "loopback",
    "64:ff9b::169.254.169.254": "link-local", "64:ff9b:1::1": "reserved",
    "2002:7f00:1::1": "loopback", "2002:a00:1::": "private", "2002:c0a8:101::1": "private",
    "2002:a9fe:a9fe::1": "link-local", "2a02:898::5efe:10.0.0.1": "private",
    "2a02:898::200:5efe:127.0.0.1": "loopback", "fe80::5efe:8.8.8.8": "link-local",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "reserved",
}  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_asked(address: str) -> None:
    assert trouble_with(address) == ""


@pytest.mark.parametrize(("address", "kind"), FORBIDDEN.items())
def test_any_other_may_not(address: str, kind: str) -> None:
    assert kind in trouble_with(address)
    assert trouble_with(address).startswith("a")


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("fd00::5", "fd00::/64", True),
        ("fd00:0:0:1::5", "fd00::/64", False),
        ("127.0.0.1", "127.0.0.1/32", True),
        ("::1", "127.0.0.1/32", False),
    ],
)
def test_exceptions_are_networks(address: str, allowed: str, may: bool) -> None:
    assert (trouble_with(address, [ip_network(allowed)]) == "") is may

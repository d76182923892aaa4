"""Which addresses a request may go to: those of the public internet, and what is allowed by name.

Feeds, and whoever may redirect them, choose where we connect; without this they could make us
ask the machines behind our own firewall.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Where an IPv6 address carries an IPv4 one: the network, and how far to shift it out.
_CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (SIIT, RFC 2765)
    (IPv6Network("::/96"), 0),  # compatible
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
#: The interface identifier of ISATAP, whatever the network: ::[02]00:5efe:a.b.c.d.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
#: What `is_global` of some Python versions lets pass.
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        "100.64.0.0/10",  # shared by carriers
        "192.0.0.0/24",  # protocol assignments, 192.0.0.8 among them
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "64:ff9b:1::/48",  # NAT64 of a private network
        "100::/64",  # discard
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, given up
    )
)


class ForbiddenAddress(OSError):
    """The address is none that a request may go to."""


def trouble_with(address: str, allowed: Sequence[Network] = ()) -> str:
    """Why nothing may be fetched from this address ("a loopback address"), or "".

    An IPv4 address inside an IPv6 one counts as both. ``allowed`` are exceptions.
    """
    whole = ip_address(address.partition("%")[0])
    judged = _judged(whole)
    if any(one in network for one in (whole, *judged) for network in allowed):
        return ""
    return next((kind for one in judged if (kind := _kind(one))), "")


def _judged(address: Address) -> tuple[Address, ...]:
    """What must be public: the address, or the IPv4 one that it only carries."""
    if isinstance(address, IPv4Address) or address.is_unspecified or address.is_loopback:
        return (address,)
    number = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            return (IPv4Address(number >> shift & 0xFFFF_FFFF),)
    if number >> 32 & 0xFFFF_FFFF in _ISATAP:
        return (address, IPv4Address(number & 0xFFFF_FFFF))
    return (address,)


def _kind(address: Address) -> str:
    """What kind of address it is, if none of the public internet."""
    kinds = (
        (address.is_unspecified, "an unspecified address"),
        (address.is_loopback, "a loopback address"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
        (any(address in network for network in _NOT_PUBLIC), "a reserved address"),
        (address.is_private, "a private address"),
        (address.is_reserved or not address.is_global, "a reserved address"),
    )
    return next((kind for is_it, kind in kinds if is_it), "")


def open_socket(allowed: Sequence[Network]) -> Callable[[tuple[Any, ...]], socket.socket]:
    """A socket factory for aiohttp that sees the address which is really connected to.

    Raises `ForbiddenAddress`: a name that resolves to something else the second time, a
    redirect, an address in odd notation all end here.
    """

    # The same few addresses come again with every poll.
    judge = lru_cache(maxsize=10_000)(lambda address: trouble_with(address, allowed))

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, place = info
        trouble = judge(place[0])
        if trouble:
            # Without the address: the error of "localhost" is one and not two.
            raise ForbiddenAddress(f"it is {trouble}, which [fetch] allow_private does not allow")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return make

"""Under which address a terminal is counted, wherever something is counted by address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def counted_address(address: str | None) -> str:
    """The address of a terminal as failures, resets, connections and alarms are counted under it.

    address: of IP version 4 or 6. A whole /64 is one terminal: it has more addresses of version 6 than anybody could count. An
    address of version 4 in the form of version 6 (::ffff:192.0.2.1) is that of version 4. What is no address stays as it is.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), 64), strict=False).network_address)

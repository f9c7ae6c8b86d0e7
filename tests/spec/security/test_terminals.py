"""Where something is counted by address, a terminal cannot choose what it is counted under."""

from __future__ import annotations

import pytest

from canbao.rules.terminals import counted_address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("终端 li", "终端 li"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_terminal_is_counted_under_its_network(address: str | None, counted: str) -> None:
    assert counted_address(address) == counted

"""A database with the tables of this version lacks nothing; what is missing in one is tried in test_keys."""

from __future__ import annotations

import pytest

from canbao.store.schema import differences


@pytest.mark.django_db
def test_the_database_of_this_version_differs_in_nothing() -> None:
    assert differences() == []

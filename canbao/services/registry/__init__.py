"""The only writer of people and enrolments, and the one function that answers "as it was, as it was known"."""

from canbao.bulk.matching.homes import BY_HAND
from canbao.services.registry import offices
from canbao.services.registry.copies import follow_plain
from canbao.services.registry.copying import RowFaultError
from canbao.services.registry.declaring import declare
from canbao.services.registry.digest import digest
from canbao.services.registry.many import views_of
from canbao.services.registry.placing import place, stage_moves
from canbao.services.registry.reading import (
    NotFound,
    PersonView,
    as_of,
    enrolments_in_full,
    merged_into,
    stands_as,
    versions_in_full,
)
from canbao.services.registry.restoring import BY_ADDRESS, LaterActs, restore
from canbao.services.registry.sets import Recorded, record_many, replace_plain
from canbao.services.registry.single import (
    OFFICE,
    NoBasis,
    StaleVersion,
    correct,
    end,
    merge,
    record,
    unmerge,
)
from canbao.services.registry.spells import Spell, apply_spell, withdraw_spell
from canbao.services.registry.viewing import Standing, standing, view

__all__ = [
    "BY_ADDRESS",
    "BY_HAND",
    "OFFICE",
    "LaterActs",
    "NoBasis",
    "NotFound",
    "PersonView",
    "Recorded",
    "RowFaultError",
    "Spell",
    "StaleVersion",
    "Standing",
    "apply_spell",
    "as_of",
    "correct",
    "declare",
    "digest",
    "end",
    "enrolments_in_full",
    "follow_plain",
    "merge",
    "merged_into",
    "offices",
    "place",
    "record",
    "record_many",
    "replace_plain",
    "restore",
    "stage_moves",
    "standing",
    "stands_as",
    "unmerge",
    "versions_in_full",
    "view",
    "views_of",
    "withdraw_spell",
]

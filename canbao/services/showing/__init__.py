"""The one way from a person's rows to something that is read: in words, hidden by default, for screen, print, terminal, API."""

from canbao.services.showing.changes import Change, Changed, changes_of
from canbao.services.showing.clients import for_client
from canbao.services.showing.employers import employers_of
from canbao.services.showing.facts import Fact, fact, facts_of
from canbao.services.showing.insurances import Insurance, Spell, in_force, insurances_of
from canbao.services.showing.people import PersonShown, show

__all__ = [
    "Change",
    "Changed",
    "Fact",
    "Insurance",
    "PersonShown",
    "Spell",
    "changes_of",
    "employers_of",
    "fact",
    "facts_of",
    "for_client",
    "in_force",
    "insurances_of",
    "show",
]

"""Finding a person: one box, never a list of everybody, each search on record."""

from canbao.services.lookup.finding import Found, TooLittle, search
from canbao.services.lookup.hits import Hit, Match
from canbao.services.lookup.outside import NotSaid, Responsible, look_outside
from canbao.services.lookup.places import Place, places_below

__all__ = [
    "Found",
    "Hit",
    "Match",
    "NotSaid",
    "Place",
    "Responsible",
    "TooLittle",
    "look_outside",
    "places_below",
    "search",
]

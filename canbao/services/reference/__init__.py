"""Divisions, offices and codes in the database: loaded from the rules, read by the pages."""

from canbao.services.reference.loading import Change, load
from canbao.services.reference.places import (
    MOST_FOUND,
    History,
    Place,
    Tree,
    divisions_below,
    history,
    offices_below,
    search,
)

__all__ = [
    "MOST_FOUND",
    "Change",
    "History",
    "Place",
    "Tree",
    "divisions_below",
    "history",
    "load",
    "offices_below",
    "search",
]

"""Every model of the register, one file per aggregate."""

from canbao.store.models.journal import JournalEntry, JournalSeal

__all__ = [
    "JournalEntry",
    "JournalSeal",
]

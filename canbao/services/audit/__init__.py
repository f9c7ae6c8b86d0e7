"""Append to the journal; say it in words; seal it in a chain; prove that nothing in it was touched since."""

from canbao.services.audit.chain import Finding, JournalBusy, Report, Sealed, anchor, seal, verify
from canbao.services.audit.journal import Event, NotInTransaction, record
from canbao.services.audit.presenters import sentence

__all__ = [
    "Event",
    "Finding",
    "JournalBusy",
    "NotInTransaction",
    "Report",
    "Sealed",
    "anchor",
    "record",
    "seal",
    "sentence",
    "verify",
]

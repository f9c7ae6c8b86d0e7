"""Append to the journal; say it in words; seal it in a chain; prove that nothing was touched since; watch it; search it."""

from canbao.services.audit import alarms, console
from canbao.services.audit.alarms import scan
from canbao.services.audit.anchors import Anchor, Kept, anchor, anchors
from canbao.services.audit.chain import JournalBusy, Sealed, last_seal, seal
from canbao.services.audit.findings import Finding, Harm, Report
from canbao.services.audit.journal import Event, Line, NotInTransaction, came_from, record, record_all
from canbao.services.audit.looks import Look, looks_at
from canbao.services.audit.presenters import event_words, sentence
from canbao.services.audit.proof import OnlyPart, verify
from canbao.services.audit.reading import Told, last_doers, office_words, real_names, role_words
from canbao.services.audit.state import Standing, standing

__all__ = [
    "Anchor",
    "Event",
    "Finding",
    "Harm",
    "JournalBusy",
    "Kept",
    "Line",
    "Look",
    "NotInTransaction",
    "OnlyPart",
    "Report",
    "Sealed",
    "Standing",
    "Told",
    "alarms",
    "anchor",
    "anchors",
    "came_from",
    "console",
    "event_words",
    "last_doers",
    "last_seal",
    "looks_at",
    "office_words",
    "real_names",
    "record",
    "record_all",
    "role_words",
    "scan",
    "seal",
    "sentence",
    "standing",
    "verify",
]

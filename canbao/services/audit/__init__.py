"""Append to the journal; say it in words; seal it in a chain; prove that nothing was touched since; watch it; search it."""

from canbao.services.audit import alarms, budgets, console
from canbao.services.audit.alarms import scan
from canbao.services.audit.anchors import Anchor, Kept, anchor, anchors
from canbao.services.audit.budgets import BudgetSpentError
from canbao.services.audit.chain import JournalBusy, Sealed, last_seal, seal
from canbao.services.audit.findings import Finding, Harm, Report
from canbao.services.audit.journal import LOOKS, Event, EventKindError, Line, NotInTransaction, record, record_all
from canbao.services.audit.looking import note_spent, record_look, record_looks
from canbao.services.audit.looks import Look, looks_at
from canbao.services.audit.origin import came_from, comes_from_terminal
from canbao.services.audit.presenters import event_words, sentence
from canbao.services.audit.proof import OnlyPart, verify
from canbao.services.audit.reading import Told, last_doers, office_words, real_names, role_words
from canbao.services.audit.state import Standing, standing

__all__ = [
    "LOOKS",
    "Anchor",
    "BudgetSpentError",
    "Event",
    "EventKindError",
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
    "budgets",
    "came_from",
    "comes_from_terminal",
    "console",
    "event_words",
    "last_doers",
    "last_seal",
    "looks_at",
    "note_spent",
    "office_words",
    "real_names",
    "record",
    "record_all",
    "record_look",
    "record_looks",
    "role_words",
    "scan",
    "seal",
    "sentence",
    "standing",
    "verify",
]

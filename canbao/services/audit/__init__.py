"""Append to the journal; say it in words; seal it in a chain; prove that nothing was touched since; watch it; search it."""

from canbao.services.audit import alarms, budgets, console
from canbao.services.audit.anchors import Kept, anchor, anchors, keep_signature, kept_anchor, latest, order_anchor
from canbao.services.audit.budgets import BudgetSpentError
from canbao.services.audit.chain import JournalBusy, Sealed, last_seal, seal
from canbao.services.audit.delivered import LATE, VERY_LATE, Delivered, Way, reached, ways
from canbao.services.audit.delivery import deliver
from canbao.services.audit.event_names import GROUPS as EVENT_GROUPS
from canbao.services.audit.event_names import event_words
from canbao.services.audit.events import LOOKS, Event
from canbao.services.audit.evidence import GivenEvidence, Source
from canbao.services.audit.findings import Finding, Harm
from canbao.services.audit.guesses import note_guess, require_guesses_left
from canbao.services.audit.journal import EventKindError, Line, NotInTransaction, record, record_all
from canbao.services.audit.looking import note_spent, record_look, record_looks
from canbao.services.audit.looks import Look, looks_at
from canbao.services.audit.months import make_months
from canbao.services.audit.origin import came_from
from canbao.services.audit.own_acts import decide, own_act
from canbao.services.audit.presenters import sentence
from canbao.services.audit.proof import verify
from canbao.services.audit.reading import OnlyPart, Told, last_doers, office_words, real_names, role_words
from canbao.services.audit.report import Report
from canbao.services.audit.scan_delay import ScanDelay, scan_delay
from canbao.services.audit.scanning import scan, scan_own
from canbao.services.audit.sealing import Unsealed, keep_sealed, unsealed, watch
from canbao.services.audit.state import Standing, standing

__all__ = [
    "EVENT_GROUPS",
    "LATE",
    "LOOKS",
    "VERY_LATE",
    "BudgetSpentError",
    "Delivered",
    "Event",
    "EventKindError",
    "Finding",
    "GivenEvidence",
    "Harm",
    "JournalBusy",
    "Kept",
    "Line",
    "Look",
    "NotInTransaction",
    "OnlyPart",
    "Report",
    "ScanDelay",
    "Sealed",
    "Source",
    "Standing",
    "Told",
    "Unsealed",
    "Way",
    "alarms",
    "anchor",
    "anchors",
    "budgets",
    "came_from",
    "console",
    "decide",
    "deliver",
    "event_words",
    "keep_sealed",
    "keep_signature",
    "kept_anchor",
    "last_doers",
    "last_seal",
    "latest",
    "looks_at",
    "make_months",
    "note_guess",
    "note_spent",
    "office_words",
    "order_anchor",
    "own_act",
    "reached",
    "real_names",
    "record",
    "record_all",
    "record_look",
    "record_looks",
    "require_guesses_left",
    "role_words",
    "scan",
    "scan_delay",
    "scan_own",
    "seal",
    "sentence",
    "standing",
    "unsealed",
    "verify",
    "watch",
    "ways",
]

"""Runs of the matching: from the accepted states to links, cases and the register; decisions; retraction."""

from canbao.services.matching.deciding import NotDecidable, decide, undo
from canbao.services.matching.explaining import CaseView, Explanation, NoSuchCase, NoSuchRecord, explain, view_case
from canbao.services.matching.listing import NoRun, export_cases, export_links
from canbao.services.matching.retracting import retract
from canbao.services.matching.running import AlreadyRunning, InputsChanged, NothingToMatch, RunReport, run

__all__ = [
    "AlreadyRunning",
    "CaseView",
    "Explanation",
    "InputsChanged",
    "NoRun",
    "NoSuchCase",
    "NoSuchRecord",
    "NotDecidable",
    "NothingToMatch",
    "RunReport",
    "decide",
    "explain",
    "export_cases",
    "export_links",
    "retract",
    "run",
    "undo",
    "view_case",
]

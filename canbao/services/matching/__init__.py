"""Runs of the matching: from the accepted states to links, cases and the register; decisions; retraction."""

from canbao.services.matching import bulk
from canbao.services.matching.behind import Behind, records_behind
from canbao.services.matching.beside import CaseView, Side, view_case
from canbao.services.matching.deciding import DECIDED_HERE, AlreadyOne, NotDecidable, decide, hand_on, set_aside, undo
from canbao.services.matching.explaining import Explanation, NoSuchRecord, explain
from canbao.services.matching.faults import RunFaultError
from canbao.services.matching.listed import NobodyPage, Outcomes, outcomes_of, rows_of_nobody
from canbao.services.matching.listing import NoRun, export_cases, export_links
from canbao.services.matching.nobody_file import file_of_nobody, parts_of_nobody
from canbao.services.matching.opinions import Refusal
from canbao.services.matching.queueing import (
    FIRST,
    OWN,
    Agreement,
    Page,
    Progress,
    Turn,
    agreement,
    claim,
    counts_below,
    counts_by_kind,
    list_cases,
    progress,
    seconds_waiting,
    take_next,
    turn_of,
)
from canbao.services.matching.retracting import retract
from canbao.services.matching.running import (
    AlreadyRunning,
    InputsChanged,
    NothingToMatch,
    RunReport,
    run,
)

__all__ = [
    "DECIDED_HERE",
    "FIRST",
    "OWN",
    "Agreement",
    "AlreadyOne",
    "AlreadyRunning",
    "Behind",
    "CaseView",
    "Explanation",
    "InputsChanged",
    "NoRun",
    "NoSuchRecord",
    "NobodyPage",
    "NotDecidable",
    "NothingToMatch",
    "Outcomes",
    "Page",
    "Progress",
    "Refusal",
    "RunFaultError",
    "RunReport",
    "Side",
    "Turn",
    "agreement",
    "bulk",
    "claim",
    "counts_below",
    "counts_by_kind",
    "decide",
    "explain",
    "export_cases",
    "export_links",
    "file_of_nobody",
    "hand_on",
    "list_cases",
    "outcomes_of",
    "parts_of_nobody",
    "progress",
    "records_behind",
    "retract",
    "rows_of_nobody",
    "run",
    "seconds_waiting",
    "set_aside",
    "take_next",
    "turn_of",
    "undo",
    "view_case",
]

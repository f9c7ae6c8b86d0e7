"""What leaves the board: the bulletin as a spreadsheet, and the report of the round to print."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from canbao.rules.indicators import IN_REGISTER, REGISTERED
from canbao.rules.offices import office_name
from canbao.rules.permissions import Permission, allows
from canbao.rules.survey import Outcome
from canbao.services import jobs
from canbao.services.survey import bulletin, progress, reporting
from canbao.web.progress.views import TONES, asked_office
from canbao.web.request import PageRequest, now, today
from canbao.web.survey.tabs import tabs_of

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def bulletin_page(request: PageRequest, round_id: int) -> HttpResponse:
    """The two figures on the screen; asked for by POST, as a file: at once, or for the whole city by a job."""
    board = progress.board(request.acting, round_id, on=today())
    if request.method == "POST":
        if not bulletin.is_direct(board.office):
            label = f"{board.round.name}进度通报"
            made = jobs.start(
                jobs.Kind.BULLETIN, label=label, arguments={"round": round_id}, actor=request.acting, at=now()
            )
            return redirect("job", job_id=made.pk)
        return _file(request, round_id)
    found = bulletin.gather(request.acting, round_id, at=now())
    shown = {
        "found": found, "round": found.round, "tone": TONES[found.round.state], "office_name": office_name(found.office),
        "definitions": (REGISTERED, IN_REGISTER), "is_direct": bulletin.is_direct(found.office),
        "tabs": tabs_of(request, round_id, here="survey-round"),
    }  # fmt: skip
    return render(request, "progress/bulletin.html", shown)


def _file(request: PageRequest, round_id: int) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bulletin.xlsx"
        bulletin.write(path, round_id, actor=request.acting, at=now())
        answer = HttpResponse(path.read_bytes(), content_type=SPREADSHEET)
    answer.headers["Content-Disposition"] = f'attachment; filename="bulletin-{round_id}-{today():%Y%m%d}.xlsx"'
    return answer


def report(request: PageRequest, round_id: int) -> HttpResponse:
    """One page to print and sign."""
    found = reporting.report(request.acting, round_id, office=asked_office(request), on=today())
    board = found.board
    known = None
    if allows(request.acting.role, Permission.SURVEY_EXPORT):
        known = bulletin.in_register()
    shown: dict[str, Any] = {
        "found": found, "board": board, "round": board.round, "tone": TONES[board.round.state],
        "office_name": office_name(board.office), "outcome_kinds": list(Outcome), "read_at": now(),
        "is_final": board.round.state == "CLOSED", "registered": bulletin.figure_registered(board.total),
        "in_register": known,
        "unfinished": [_unfinished(one) for one in found.unfinished],
        "tabs": tabs_of(request, round_id, here="survey-round"),
    }  # fmt: skip
    return render(request, "progress/report.html", shown)


def _unfinished(left: reporting.Unfinished) -> tuple[str, reporting.Unfinished, str]:
    """The office, what is left below it, and its villages in one line."""
    named = [f"{office_name(path)}（{out:,}，{waiting:,}）" for path, out, waiting in left.villages]
    return office_name(left.office), left, "、".join(named)

"""What departments are told, and the templates they fill in."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from canbao.rules.labels import DEPARTMENTS
from canbao.services import intake
from canbao.web.deliveries.forms import KINDS
from canbao.web.request import PageRequest

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def templates(request: PageRequest) -> HttpResponse:
    """How a list of a source is laid out; with `file=full` or `file=delta` the empty workbook."""
    source = request.GET.get("source", "")
    source = source if source in DEPARTMENTS else next(iter(DEPARTMENTS))
    kind = request.GET.get("file", "")
    if kind in KINDS:
        return _file(request, source, kind)
    return render(request, "deliveries/templates.html", {
        "source": source, "label": DEPARTMENTS[source], "all_sources": DEPARTMENTS, "kinds": KINDS,
        "items": intake.template_items(source, "delta", actor=request.acting), "key": intake.template_key(source),
    })  # fmt: skip


def _file(request: PageRequest, source: str, kind: str) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        intake.write_template(path, source, kind, actor=request.acting)
        answer = HttpResponse(path.read_bytes(), content_type=_WORKBOOK)
    name = f"{DEPARTMENTS[source]}_{KINDS[kind]}模板.xlsx"
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return answer

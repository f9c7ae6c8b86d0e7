"""What the desk asks while somebody types: keep this, which places begin so, which address does the household have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from canbao.rules import home_search, json_input
from canbao.rules.permissions import Permission
from canbao.services import access
from canbao.services.survey import copying, drafting, entering, knowing, reaching, seconding
from canbao.web.entry import fields, words
from canbao.web.request import PageRequest, now, today

MOST_BYTES = 64_000


class Nonsense(ValueError):
    """Not what the page sends."""


@never_cache
@require_POST
def draft(request: PageRequest, task_id: int) -> HttpResponse:
    """Keep what has been typed; answers what is kept, what it means and what there is to say of it."""
    access.task(request.acting, task_id, need=Permission.SURVEY_ENTER)
    try:
        sent = _sent(request)
        kept = drafting.save(task_id, **sent, actor=request.acting, at=now())
        desk = drafting.Desk(
            task := drafting.waiting_task(task_id, actor=request.acting), kept, knowing.of(task, actor=request.acting)
        )
        remarks = entering.remarks_on(desk, kept.answers, actor=request.acting, at=now())
    except drafting.Late as late:
        stored = {"edition": late.entry.edition, "answers": late.entry.answers}
        return JsonResponse(stored | {"why": "late", "said": words.not_saved(late)}, status=409)
    except (drafting.Held, drafting.NotWaiting, reaching.RoundOver, knowing.Gone) as why:
        return _refused("held" if isinstance(why, drafting.Held) else "gone")
    except Nonsense:
        return JsonResponse({"said": words.NOT_SAVED["nonsense"]}, status=400)
    said = [
        {"item": one.item, "strength": one.strength.value, "label": one.strength.label, "text": one.text}
        for one in remarks
    ]
    return JsonResponse(_kept(kept) | {"remarks": said})


@never_cache
@require_POST
def draft_again(request: PageRequest, task_id: int) -> HttpResponse:
    """The same for the second typing: nothing is said of it."""
    access.task(request.acting, task_id, need=Permission.SURVEY_ENTER)
    try:
        sent = _sent(request)
        del sent["explained"]
        kept = seconding.save(task_id, **sent, actor=request.acting, at=now())
    except drafting.Late as late:
        return JsonResponse({"edition": late.entry.edition, "why": "late", "said": words.not_saved(late)}, status=409)
    except (drafting.Held, seconding.NotDue) as why:
        return _refused("held" if isinstance(why, drafting.Held) else "gone")
    except Nonsense:
        return JsonResponse({"said": words.NOT_SAVED["nonsense"]}, status=400)
    return JsonResponse(_kept(kept) | {"remarks": []})


def _kept(kept: Any) -> dict[str, Any]:
    return {"edition": kept.edition, "answers": kept.answers, "meanings": fields.meanings(kept.answers)}


def _refused(why: str) -> HttpResponse:
    return JsonResponse({"why": why, "said": words.NOT_SAVED[why]}, status=409)


def _sent(request: PageRequest) -> dict[str, Any]:
    """Raises Nonsense."""
    if request.content_type != "application/json":
        raise Nonsense
    try:
        sent = json_input.parse(request.body, most_bytes=MOST_BYTES)
    except json_input.JsonRefusedError:
        sent = None
    if not isinstance(sent, dict):
        raise Nonsense
    answers, explained = sent.get("answers"), sent.get("explained") or {}
    if not isinstance(answers, Mapping) or not isinstance(explained, Mapping):
        raise Nonsense
    return {
        "answers": answers, "explained": explained, "edition": _number(sent.get("edition")),
        "seconds": _number(sent.get("seconds")),
    }  # fmt: skip


def _number(value: Any) -> int:
    """Raises Nonsense."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= drafting.MOST_EDITIONS:
        raise Nonsense
    return value


@never_cache
@require_GET
def places(request: PageRequest, task_id: int) -> HttpResponse:
    """A handful of places for a few letters, those of the own town first."""
    task = access.task(request.acting, task_id, need=Permission.SURVEY_ENTER)
    found = home_search.find(request.GET.get("q", "")[:40], town=task.office_path[6:15], on=today())
    return JsonResponse({"places": [{"code": one.code, "name": one.name} for one in found]})


@never_cache
@require_POST
def address(request: PageRequest, task_id: int) -> HttpResponse:
    """The address of the household, or of the hukou; on record."""
    try:
        found = copying.address(task_id, own_hukou=request.POST.get("own") == "1", actor=request.acting, at=now())
    except knowing.Gone:
        found = copying.Copied()
    return JsonResponse({"address": found.address, "division": found.division, "source": found.source})

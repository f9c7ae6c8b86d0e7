"""The second typing of a form."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from canbao.rules import entry
from canbao.rules.answers import Fate
from canbao.services import audit
from canbao.services.survey import drafting, reaching, seconding
from canbao.web import toasts
from canbao.web.entry import desk, fields, words
from canbao.web.request import PageRequest, now, row_number


@never_cache
def again(request: PageRequest, task_id: int) -> HttpResponse:
    """The form, blind; handed over by POST."""
    wrong: list[str] = []
    late = ""
    answers, _ = desk.typed(request.POST)
    try:
        if request.method == "POST":
            seconds, edition = (row_number(request.POST.get(name, "")) for name in ("seconds", "edition"))
            done = seconding.finish(
                task_id, answers=answers, seconds=seconds, actor=request.acting, at=now(), edition=edition
            )
            toasts.done(
                request,
                "复录已提交，"
                + (
                    f"有 {len(done.differs)} 项与首次录入不同，请在“复录结果”中核实。"
                    if done.differs
                    else "与首次录入一致。"
                ),
            )
            return redirect("entry-again-next" if "next" in request.POST else "survey-entry", done.round_id)
    except seconding.Unreadable as unreadable:
        wrong = unreadable.items
    except drafting.Late as other:
        late = words.not_handed_over(other)
    except (seconding.NotDue, drafting.Held, reaching.RoundOver):
        pass  # said below
    try:
        found = seconding.open_again(task_id, actor=request.acting, at=now())
    except drafting.Held as held:
        return render(request, "entry/held.html", {"task_id": task_id, "said": words.held(held)})
    except (seconding.NotDue, reaching.RoundOver):
        said = "这份登记表不需要您复录：没有抽中，已经复录，或首次录入的就是您。"
        return render(request, "entry/held.html", {"task_id": task_id, "said": said})
    return _shown(request, found, answers if request.method == "POST" else found.entry.answers, wrong, late)


def _shown(
    request: PageRequest, found: seconding.Again, answers: dict[str, str], wrong: list[str], said: str
) -> HttpResponse:
    first = drafting.last_done(found.task.pk)
    asked = [name for name, one in (first.fates if first else {}).items() if one == Fate.NEW and name in entry.FRONT]
    context = {
        "task": found.task, "task_id": found.task.pk, "round_id": found.task.round_id, "is_second": True, "said": said,
        "groups": fields.blind(answers, wrong, asked), "tables": fields.tables(), "version": 0,
        "head": {"name": found.task.name, "village": audit.office_words(found.task.office_path),
                 "form_number": found.task.form_number},
        "edition": found.entry.edition, "seconds": found.entry.seconds, "saved_at": found.entry.saved_at, "must": len(wrong),
        "draft_address": reverse("task-again-draft", args=[found.task.pk]), "finish_label": "提交复录",
        "back_address": reverse("survey-entry", args=[found.task.round_id]),
    }  # fmt: skip
    return render(request, "entry/desk.html", context, status=422 if wrong or said else 200)

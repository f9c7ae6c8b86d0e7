"""The first page of the desk: what waits, the own drafts, the day; and the ways to the next form."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from canbao.rules.wording import office_in_words
from canbao.services.survey import drafting, entering, reaching, seconding
from canbao.web import toasts
from canbao.web.entry import words
from canbao.web.request import PageRequest, now, row_number
from canbao.web.survey.tabs import tabs_of


@never_cache
def queue(request: PageRequest, round_id: int) -> HttpResponse:
    """What waits to be typed in the town."""
    found = entering.queue(request.acting, round_id, at=now())
    context = {
        "round": found.round, "round_id": round_id, "queue": found,
        "villages": [(one, office_in_words(one.path).rpartition(" · ")[2]) for one in found.villages],
        "drafts": [(one, office_in_words(one.office).rpartition(" · ")[2]) for one in found.drafts],
        "day": found.day, "tabs": tabs_of(request, round_id, here="survey-entry"), "is_open": found.round.state == "OPEN",
    }  # fmt: skip
    return render(request, "entry/queue.html", context)


def next_form(request: PageRequest, round_id: int) -> HttpResponse:
    """Hand out the next form; `after` is left where it is."""
    village = request.GET.get("village", "")[:18]
    skip = row_number(request.GET.get("after", ""))
    try:
        found = drafting.take_next(request.acting, round_id, village=village, skip=skip, at=now())
    except reaching.RoundOver:
        toasts.refused(request, "本次调查已结束或尚未开始，不能录入。")
        return redirect("survey-entry", round_id)
    if found is None:
        toasts.done(request, "没有等待录入的登记表了。")
        return redirect("survey-entry", round_id)
    return redirect("task-enter", found)


def next_again(request: PageRequest, round_id: int) -> HttpResponse:
    """Hand out the next form for the second typing."""
    try:
        found = seconding.take_next(request.acting, round_id, at=now())
    except reaching.RoundOver:
        found = None
    if found is None:
        toasts.done(request, "没有等待您复录的登记表。")
        return redirect("survey-entry", round_id)
    return redirect("task-again", found)


def find(request: PageRequest, round_id: int) -> HttpResponse:
    """Open the form of a number that was typed or scanned."""
    number = "".join(request.GET.get("number", "").split())[:20]
    try:
        return redirect("task-enter", drafting.by_number(request.acting, round_id, number=number, at=now()))
    except drafting.NoSuchForm:
        toasts.refused(request, words.no_such_form(number))
        return redirect("survey-entry", round_id)

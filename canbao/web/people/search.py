"""The search screen. Words are posted, never put into an address: addresses stay in logs and in the browser's history."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from canbao.rules.permissions import Permission, allows
from canbao.rules.searching import FEW, MOST_SHOWN, Kind, Problem, Query, Reason
from canbao.services import lookup
from canbao.web.people.searchforms import OutsideForm, SearchForm
from canbao.web.request import PageRequest, now, today

_REMARKS = {
    Problem.NOTHING_TYPED: "请输入号码、姓名、拼音或首字母。",
    Problem.SHORT_NUMBER: "号码太短，请输入完整号码。",
    Problem.SURNAME_ONLY: "只有一个字，请输入完整姓名或姓名全拼。",
    Problem.BAD_BORN: "看不懂这个日期，请写成 1980、1980-5 或 1980-5-12。",
    Problem.UNKNOWN_PLACE: "您的辖区内没有叫这个名称的区县、镇街或村社。",
    Problem.SEVERAL_PLACES: "没有名称完全相同的机构，或不止一个，请从下面选择。",
}
_TOO_WIDE = {
    Kind.NAME: f"辖区内有超过 {FEW} 人叫这个姓名。请再写出生年份，或者选择区县、镇街。",
    Kind.SOUND: "同音的姓名很多。请选择镇街；在区县范围内还可以再写出生年份。",
    Kind.INITIALS: "首字母相同的人很多。请选择镇街或村社，并写出生年份。",
}
_BESIDE = {Problem.BAD_BORN: "born", Problem.UNKNOWN_PLACE: "town", Problem.SEVERAL_PLACES: "town"}


@never_cache
def search(request: PageRequest) -> HttpResponse:
    """GET shows the empty box; a search is always posted."""
    if request.method != "POST":
        return _page(request, {"form": _form(request)})
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, {"form": form}, status=422)
    typed = form.cleaned_data
    try:
        found = lookup.search(
            typed["q"], place=typed["town"], born=typed["born"], actor=request.acting, on=today(), at=now()
        )
    except lookup.TooLittle as little:
        problem = little.query.problem or Problem.NOTHING_TYPED
        form.add_error(_BESIDE.get(problem, "q"), _remark(little.query))
        return _page(request, {"form": form, "places": little.places, "typed": typed}, status=422)
    if file := _only(found):
        return HttpResponseClientRedirect(file) if request.htmx else redirect(file)
    return _page(request, {"form": form, "found": found, "most": MOST_SHOWN, "typed": typed})


def _only(found: lookup.Found) -> str:
    """The file of the one person who is called or numbered just so; "" where there is anything to choose or to look at first."""
    hit = found.hits[0] if len(found.hits) == 1 and not found.more else None
    is_exact = hit is not None and hit.match in (lookup.Match.NUMBER, lookup.Match.NAME) and not hit.ended
    return reverse("person", args=[hit.person_id]) if hit and is_exact and found.query.checked else ""


@never_cache
def outside(request: PageRequest) -> HttpResponse:
    """One person outside the own area, with a reason."""
    form = OutsideForm(request.POST or None)
    asked: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            hit = lookup.look_outside(
                typed["number"], typed["name"], reason=Reason(typed["reason"]), note=typed["note"],
                actor=request.acting, at=now(),
            )  # fmt: skip
            asked = {"asked": True, "hit": hit}
        except lookup.NotSaid:
            form.add_error("note", "请写明理由；理由会原样留存，里面不要写姓名和号码。")
        except lookup.TooLittle:
            form.add_error("number", "请输入完整的证件号码和姓名。")
    status = 422 if form.errors else 200
    return _render(request, "people/search_outside", {"form": form, **asked}, status)


def _form(request: PageRequest, posted: Any = None) -> SearchForm:
    below = lookup.places_below(request.acting.office, today())
    return SearchForm(posted, places=below)


def _remark(query: Query) -> str:
    return _TOO_WIDE[query.kind] if query.problem is Problem.TOO_WIDE else _REMARKS[query.problem or Problem.TOO_WIDE]


def _page(request: PageRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    beyond = allows(request.acting.role, Permission.PERSON_LOOK_OUTSIDE)
    return _render(request, "people/search", {"may_look_outside": beyond, **shown}, status)


def _render(request: PageRequest, name: str, shown: dict[str, Any], status: int) -> HttpResponse:
    part = "_body" if request.htmx else ""
    return render(request, f"{name}{part}.html", shown, status=status)

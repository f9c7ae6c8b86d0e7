"""A person's file, what stands behind it, who looked at it, and a hidden item in full."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from canbao.rules.labels import BANDS, RULES, SOURCES
from canbao.rules.permissions import Permission, allows
from canbao.rules.unmasking import Reason
from canbao.rules.wording import in_words
from canbao.services import access, matching, personfile, unmasking
from canbao.web.people import personline
from canbao.web.people.personforms import LooksForm, TimesForm, UnmaskForm
from canbao.web.request import PageRequest, now, row_number, today

_IDENTITY = ("name", "former_name", "sex", "birth_date", "ethnicity", "doc_type", "doc_number", "phone", "death_on",
             "birth_certificate", "mother_number", "scope")  # fmt: skip
_HUKOU = ("hukou_type", "hukou_status", "hukou_division", "hukou_address", "household_no", "relation_to_head",
          "moved_in_on", "moved_in_from")  # fmt: skip
_LIVING = ("residence", "home_division", "home_address", "office_path")
_TONES = {"NONE": "ok", "MISSING_SCHEME": "look", "LAPSED": "wait", "NONE_AT_ALL": "bad"}


@never_cache
@require_GET
def show(request: PageRequest, person_id: int) -> HttpResponse:
    """As of today, or of the two days asked for."""
    form = TimesForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    if not any(given.values()) and (into := personfile.survivor(person_id, actor=request.acting)):
        messages.info(request, f"登记 {person_id} 已与本登记合并，现显示合并后的登记。")
        return redirect("person", into)
    known = form.known_at() if given else None
    file = personfile.open_file(
        person_id, valid_on=given.get("on"), known_at=known, today=today(), actor=request.acting, at=now()
    )
    return render(request, "people/person.html", _context(request, file, form, known))


def _context(request: PageRequest, file: personfile.File, form: TimesForm, known: datetime | None) -> dict[str, Any]:
    shown = file.shown
    role = request.acting.role
    context: dict[str, Any] = {
        "file": file, "shown": shown, "person_id": file.stands.person_id, "form": form, "today": today(),
        "is_past": file.on != today() or known is not None, "known": given_day(form),
        "may_unmask": allows(role, Permission.PERSON_UNMASK), "may_see_looks": allows(role, Permission.LOOKS_VIEW),
        "may_print_form": allows(role, Permission.FORM_PRINT) and not file.stands.gone,
        "may_see_cases": allows(role, Permission.CASE_VIEW), "kept": request.GET.urlencode(),
    }  # fmt: skip
    if shown:
        context |= {
            "groups": [
                ("身份", [shown.facts[name] for name in _IDENTITY]),
                ("户籍", [shown.facts[name] for name in _HUKOU]),
                ("居住和经办", [shown.facts[name] for name in _LIVING]),
            ],
            "head": shown.facts,
            "gap_tone": _TONES.get(shown.plain.facts["gap"], "plain"),
            "disputed": shown.plain.facts.get("number_disputed"),
            "drawing": personline.draw(file.insurances, file.on),
            "enrolled": sum(one.enrolled for one in file.insurances),
        }
    return context


def given_day(form: TimesForm) -> date | None:
    """The day whose knowledge is shown."""
    return form.cleaned_data.get("known") if form.is_bound and form.is_valid() else None


@never_cache
@require_GET
def sources(request: PageRequest, person_id: int) -> HttpResponse:
    """The source records behind a person; asked for when the section is opened."""
    try:
        behind = matching.records_behind(person_id, actor=request.acting, at=now())
    except matching.NoRun:
        return render(request, "people/person_sources.html", {"rows": [], "person_id": person_id})
    rows = [_source(row) for row in behind.records]
    return render(
        request, "people/person_sources.html", {"rows": rows, "run_id": behind.run_id, "person_id": person_id}
    )


_SHOWN = ("name", "doc_number", "sex", "birth_date", "division", "address", "phone")


def _source(row: dict[str, Any]) -> dict[str, Any]:
    words = {name: in_words(name, row.get(name), on=today()) for name in _SHOWN}
    return words | {
        "source": SOURCES.get(row["source"], row["source"]),
        "key": row["record_key"],
        "rule": RULES.get(row["rule"], row["rule"]),
        "band": BANDS.get(row["band"], row["band"]),
    }


@never_cache
def unmask(request: PageRequest, person_id: int) -> HttpResponse:
    """Ask for one item in full; afterwards back to the file."""
    item = request.POST.get("field") or request.GET.get("field") or ""
    back = {name: value for name in ("on", "known", "case") if (value := request.GET.get(name))}
    try:
        label = unmasking.may_ask(person_id, item=item, actor=request.acting)
    except unmasking.UnknownItem as unknown:
        raise access.NotFound(item) from unknown
    form = UnmaskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            until = unmasking.unmask(
                person_id, item=item, reason=Reason(typed["reason"]), note=typed["note"], actor=request.acting, at=now()
            )
        except unmasking.NotSaid:
            form.add_error("note", "请写明理由（至少四个字），里面不要写号码。")
        else:
            messages.success(request, f"“{label}”显示原文至 {timezone.localtime(until):%H:%M}，到时自动隐藏。")
            came_from = _came_from(person_id, back)
            return HttpResponseClientRedirect(came_from) if request.htmx else redirect(came_from)
    context = {
        "form": form,
        "item": item,
        "label": label,
        "person_id": person_id,
        "back": urlencode(back),
        "in_drawer": bool(request.htmx),
    }
    page = "people/person_unmask_form.html" if request.htmx else "people/person_unmask.html"
    return render(request, page, context, status=422 if form.errors else 200)


def _came_from(person_id: int, back: dict[str, str]) -> str:
    """The case that was being read, or the person's file as of the same times."""
    if case_id := row_number(back.pop("case", "")):
        return reverse("case", args=[case_id])
    return reverse("person", args=[person_id]) + (f"?{urlencode(back)}" if back else "")


@never_cache
@require_GET
def looks(request: PageRequest, person_id: int) -> HttpResponse:
    """For the person at the counter: who looked, when, for what; to be printed."""
    form = LooksForm(request.GET or None)
    since, until = form.period()
    name, number, found = personfile.looks(person_id, since=since, until=until, actor=request.acting, at=now())
    context = {"form": form, "name": name, "number": number, "looks": personfile.grouped(found), "person_id": person_id}
    return render(request, "people/person_looks.html", context)

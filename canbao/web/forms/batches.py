"""Print the forms of a village, or the list for the bag: first how many that is, then as a job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from canbao.rules.permissions import Permission
from canbao.services import access, forms, unmasking
from canbao.services.forms.batch import NothingToPrint, Order, TooMany
from canbao.services.survey.reaching import RoundOver, round_of
from canbao.web.forms.asked import BatchForm, PickForm
from canbao.web.request import PageRequest, now
from canbao.web.survey.tabs import tabs_of

_LEVELS = (2, 6, 15, 18)


@require_http_methods(["GET", "POST"])
def print_round(request: PageRequest, round_id: int) -> HttpResponse:
    """Which lines, how many forms that is, and how they are printed."""
    round_ = round_of(request.acting, round_id, need=Permission.SURVEY_PRINT)
    given = request.POST if request.method == "POST" else request.GET
    office = given.get("office") or request.acting.office
    if not office.startswith(request.acting.office) or len(office) not in _LEVELS:
        raise access.NotFound(office)
    below = forms.batch.offices_below(round_id, office, actor=request.acting)
    pick = PickForm({"only": "fresh"} | given.dict() | {"office": office}, offices=_offices(request, office, below))
    form = BatchForm(request.POST or None)
    order = _order(round_id, office, pick)
    if request.method == "POST" and pick.is_valid():
        started = _started(request, order, form)
        if started is not None:
            return started
    return render(
        request,
        "forms/print_round.html",
        {
            "round": round_, "tabs": tabs_of(request, round_id, here="survey-print"), "pick": pick, "form": form,
            "count": forms.batch.how_many(order, actor=request.acting), "below": below, "order": order,
            "listed": forms.batch.how_many(_for_the_bag(order), actor=request.acting),
            "most": forms.batch.MOST,
        },
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


def _offices(request: PageRequest, office: str, below: list[forms.batch.Below]) -> list[tuple[str, str]]:
    """From the reader's own office down to the one that is chosen, and what lies directly below it."""
    own = request.acting.office
    above = [office[:width] for width in _LEVELS if len(own) <= width <= len(office)]
    return [
        *((path, f"{forms.batch.short_words(path)}（含所辖）") for path in above),
        *((one.path, f"　{one.name}（{one.lines} 人）") for one in below),
    ]


def _order(round_id: int, office: str, pick: PickForm) -> Order:
    """As far as it was chosen well; the rest stays as it usually is."""
    pick.is_valid()
    reason = pick.cleaned_data.get("visit")
    return Order(
        round_id,
        office,
        fresh=pick.cleaned_data.get("only") != "all",
        reasons=(reason,) if reason else (),
    )


def _for_the_bag(order: Order) -> Order:
    """The list names everybody who is to be visited, whether his form has been printed or not."""
    return replace(order, fresh=False)


def _started(request: PageRequest, order: Order, form: BatchForm) -> HttpResponse | None:
    """To the job; None when something has to be put right first."""
    is_list = request.POST.get("what") == "list"
    if not is_list and not form.is_valid():
        return None
    try:
        round_of(request.acting, order.round_id, need=Permission.SURVEY_PRINT, is_open=True)
        job = _list(request, _for_the_bag(order)) if is_list else _forms(request, order, form)
    except RoundOver:
        form.add_error(None, "这次入户调查已经结束，名单只能查看，不能再打印。")
    except NothingToPrint:
        form.add_error(None, "没有符合条件的人员。请改选机构、范围或走访原因。")
    except TooMany as much:
        form.add_error(
            None, f"一次最多打印 {forms.batch.MOST} 份，现有 {much.count} 份。请改选下一级机构，分几次打印。"
        )
    except unmasking.NotSaid:
        form.add_error("note", "请写明理由（至少四个字），里面不要写号码。")
    else:
        return redirect("job", job_id=job.pk)
    return None


def _list(request: PageRequest, order: Order) -> Any:
    return forms.bag.start(order, actor=request.acting, at=now())


def _forms(request: PageRequest, order: Order, form: BatchForm) -> Any:
    typed = form.cleaned_data
    asked = Order(
        order.round_id, order.office, fresh=order.fresh, reasons=order.reasons, masked=form.masked,
        per_file=typed["per_file"], leave_out=typed["leave_out"],
    )  # fmt: skip
    return forms.batch.start(asked, **form.why, actor=request.acting, at=now())

"""Somebody found on a visit: the form, people alike, and the own list of people found."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from canbao.rules import entry
from canbao.rules.answers import BY_NAME
from canbao.services.survey import found_list, founding, own_list
from canbao.services.survey.reaching import RoundOver
from canbao.services.survey.visiting import Clash, WrongAnswers
from canbao.web import toasts
from canbao.web.request import PageRequest, now, row_number, today

CAME = {
    founding.Came.ADDED: "已保存：{}。在镇街登记之前是临时记录，请填好登记表请本人签字。",
    founding.Came.LINE_MADE: "{}在登记库已有登记，已列入本村名单，请接着走访。",
    founding.Came.ON_LIST: "{}就在本村名单上，请接着走访。",
    founding.Came.ELSEWHERE: "{}已在{}的名单上，已记下，由镇街通知，不必再访。",
    founding.Came.FOUND_BEFORE: "{}已由{}上报过，不必再报。",
}


def _choices(table: str) -> list[tuple[str, str]]:
    return [("", "—"), *((one.code, one.label) for one in entry.choices(table))]


class FoundForm(forms.Form):
    """The front of the form, as far as it can be asked at a door."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    round_id = forms.CharField(widget=forms.HiddenInput, max_length=18)
    name = forms.CharField(label="姓名", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    doc_number = forms.CharField(
        label="证件号码", required=False, max_length=40, help_text="照证件抄写，15位旧号码也可以。没有证件的留空，填出生日期。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
    doc_type = forms.ChoiceField(
        label="证件类型", required=False, choices=lambda: _choices("certificate_type"), initial="01"
    )
    sex = forms.ChoiceField(label="性别", required=False, choices=lambda: _choices("sex"))
    birth_date = forms.CharField(
        label="出生日期", required=False, max_length=20, help_text="例如 1962-03-14。身份证号码正确的，可以不填。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    ethnicity = forms.ChoiceField(label="民族", required=False, choices=lambda: _choices("ethnicity"))
    phone = forms.CharField(
        label="移动电话",
        required=False,
        max_length=60,
        help_text="没有移动电话的留空。",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    home_address = forms.CharField(label="现居住地址", required=False, max_length=300)
    hukou_address = forms.CharField(label="户籍所在地", required=False, max_length=300)
    number_seen = forms.BooleanField(label="已对照证件，号码确实如此", required=False)
    note = forms.CharField(
        label="说明", required=False, max_length=200, help_text="与上面的人很可能是同一人而确实不是时，写明怎样核实的。"
    )

    def facts(self) -> dict[str, str]:
        """What was typed of the person."""
        return {name: self.cleaned_data.get(name, "") for name in founding.FACTS if self.cleaned_data.get(name)}


def own(request: PageRequest) -> HttpResponse:
    """Whom the village has found in the round one came from, else in the newest."""
    rounds = own_list.open_rounds(request.acting)
    wanted = row_number(request.GET.get("round", ""))
    here = next((one for one in rounds if one.pk == wanted), rounds[0] if rounds else None)
    rows = found_list.own_found(request.acting, here.pk, on=today(), at=now()) if here else []
    return render(request, "field/found.html", {"rows": rows, "rounds": rounds, "here": here})


def new(request: PageRequest) -> HttpResponse:
    """The form; by POST first the people alike, then what was chosen."""
    rounds = own_list.rounds_to_find_in(request.acting)
    if request.method != "POST":
        here = row_number(request.GET.get("round", ""))  # the list one came from; else the newest
        round_ = next((one for one in rounds if one.pk == here), rounds[0] if rounds else None)
        first = {"client_id": uuid4(), "round_id": round_.pk if round_ else "", "doc_type": "01"}
        return _page(request, FoundForm(initial=first), rounds)
    form = FoundForm(request.POST)
    if not form.is_valid():
        return _page(request, form, rounds, status=422)
    try:
        done = founding.report(_submission(request, form), actor=request.acting, at=now())
        return (
            _to_choose(request, form, rounds, done)
            if isinstance(done, founding.MustChoose)
            else _came(request, form, done)
        )
    except WrongAnswers as wrong:
        for name, text in wrong.fields.items():
            form.add_error(name if name in form.fields else None, text)
        return _page(request, form, rounds, unsure=isinstance(wrong, founding.NumberUnsure), status=422)
    except founding.TooLittle:
        form.add_error("birth_date", "证件号码和出生日期至少填一项，才能查重。")
    except RoundOver:
        form.add_error(None, "本次入户调查已经结束，没有保存。")
    except Clash:
        form.add_error(None, "这一页已经提交过别的内容。请返回重新打开“登记新发现人员”。")
    return _page(request, form, rounds, status=422)


def _submission(request: PageRequest, form: FoundForm) -> founding.FoundSubmission:
    typed = form.cleaned_data
    return founding.FoundSubmission(
        client_id=typed["client_id"], round_id=row_number(typed["round_id"]), facts=form.facts(),
        chosen=request.POST.get("chosen", "")[:16], note=typed["note"], number_seen=typed["number_seen"],
    )  # fmt: skip


def _to_choose(request: PageRequest, form: FoundForm, rounds: list[Any], asked: founding.MustChoose) -> HttpResponse:
    """The form once more with those alike who may be told, and what has to be said."""
    client_id: UUID = form.cleaned_data["client_id"]
    shown = [(founding.key_of(one, client_id), one, founding.is_own(one, request.acting)) for one in asked.twins]
    return _page(request, form, rounds, asked=asked, twins=shown, certain=asked.certain, status=409)


def _came(request: PageRequest, form: FoundForm, done: founding.FoundReceipt) -> HttpResponse:
    said = CAME[done.came].format(form.cleaned_data["name"], done.where)
    toasts.done(request, f"{said}回执 {done.number}" if done.number else said)
    if done.task_id and done.came in (founding.Came.LINE_MADE, founding.Came.ON_LIST):
        return redirect("field-task", task_id=done.task_id)
    return redirect(f"{reverse('field-found')}?round={form.cleaned_data['round_id']}")


def _page(request: PageRequest, form: FoundForm, rounds: list[Any], *, status: int = 200, **more: Any) -> HttpResponse:
    front = [form[name] for name in founding.FACTS if name in BY_NAME]
    order = [
        "name",
        "doc_number",
        "doc_type",
        "birth_date",
        "sex",
        "phone",
        "home_address",
        "hukou_address",
        "ethnicity",
    ]
    front.sort(key=lambda one: order.index(one.name))
    shown = {"form": form, "front": front, "rounds": rounds, "twins": [], "asked": None, "unsure": False} | more
    return render(request, "field/new.html", shown, status=status)

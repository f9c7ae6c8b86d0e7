"""Print the registration form of one person."""

from __future__ import annotations

from csp.constants import SELF
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from canbao.rules.letters import Kind as LetterKind
from canbao.services import forms, unmasking
from canbao.web.forms.asked import PrintForm
from canbao.web.request import PageRequest, now, today


@never_cache
@require_http_methods(["GET", "POST"])
def person_form(request: PageRequest, person_id: int) -> HttpResponse:
    """The question how to print, then the two pages, shown in the browser."""
    can = forms.may_print(person_id, actor=request.acting)
    form = PrintForm(request.POST or None)
    refusal = "" if can else "此登记已终结，没有可以打印的登记表。"
    if can and request.method == "POST" and form.is_valid():
        try:
            return _pdf(_printed(request, person_id, form), person_id)
        except forms.NoReasonForChoice:
            form.add_error("letter_reason", "改选与规则不同的告知内容，须写明理由（至少四个字），里面不要写号码。")
        except unmasking.NotSaid:
            form.add_error("note", "请写明理由（至少四个字），里面不要写号码。")
        except forms.NotInRegister:
            refusal = "今天的登记库中没有此人的登记，没有可以打印的登记表。"
        except forms.NotPrintable as hole:
            refusal = (
                f"字库中没有“{hole.character}”（U+{ord(hole.character):04X}），登记 {hole.person_id} 的登记表不能打印，"
                "以免姓名缺字。请把这个字和登记号报给系统管理员。"
            )
    page = "forms/person_form_asked.html" if request.htmx else "forms/person_form.html"
    told = None
    if can and not refusal:
        try:
            told = forms.rules_letter(person_id, on=today(), actor=request.acting, at=now())
        except forms.NotInRegister:
            refusal = "今天的登记库中没有此人的登记，没有可以打印的登记表。"
    status = 409 if refusal else 422 if form.errors or request.method == "POST" else 200
    return render(
        request, page, {"form": form, "person_id": person_id, "refusal": refusal, "told": told}, status=status
    )


def _printed(request: PageRequest, person_id: int, form: PrintForm) -> bytes:
    typed = form.cleaned_data
    choice = forms.Choice(LetterKind(typed["letter"]), typed["letter_reason"]) if typed["letter"] else None
    return forms.print_form(
        person_id, masked=form.masked, on=today(), actor=request.acting, at=now(), choice=choice, **form.why
    )


def _pdf(pages: bytes, person_id: int) -> HttpResponse:
    answer = HttpResponse(pages, content_type="application/pdf")
    # Browsers show a PDF as an object within itself.
    answer._csp_replace = {"object-src": [SELF]}  # type: ignore[attr-defined]
    answer.headers["Content-Disposition"] = f'inline; filename="form-{person_id}.pdf"'
    return answer

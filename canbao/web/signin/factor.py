"""The second factor: its code at each sign-in, and setting it up."""

from __future__ import annotations

import segno
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe

from canbao.services.accounts import factors, proving, signing
from canbao.web.request import PageRequest, now
from canbao.web.signin import proof
from canbao.web.signin.forms import Code, RecoveryCode
from canbao.web.signin.shared import go_on, oneself, remember, wanted

RECOVER = "recover"


def enter(request: PageRequest) -> HttpResponse:
    """The code of this moment, or one of the recovery codes."""
    if not request.session.get(signing.FACTOR_DUE):
        return go_on(request)
    by_recovery = RECOVER in request.GET
    form = (RecoveryCode if by_recovery else Code)(request.POST or None)
    if request.method == "POST" and form.is_valid() and _passes(request, form, by_recovery):
        signing.factor_passed(request, request.user, at=now())
        return remember(go_on(request), request)
    about = {"form": form, "by_recovery": by_recovery, "next": wanted(request), "demo_code": _demo_code(request)}
    return render(request, "signin/second_factor.html", about, status=422 if form.errors else 200)


def _passes(request: PageRequest, form: Code | RecoveryCode, by_recovery: bool) -> bool:
    ask = factors.recover if by_recovery else factors.check
    try:
        ask(request.user, form.cleaned_data["code"], actor=oneself(request), at=now())
    except factors.TooFast as error:
        form.add_error("code", f"输错后须稍等，请在 {error.seconds} 秒后再试。")
    except factors.WrongCode:
        form.add_error(
            "code", "恢复码不正确，或已经用过。" if by_recovery else "验证码不正确，或已经用过。请等手机上显示下一个。"
        )
    else:
        return True
    return False


def set_up(request: PageRequest) -> HttpResponse:
    """Show the secret as a QR code, take the first code, show the recovery codes once."""
    if request.session.get(signing.FACTOR_DUE):
        return redirect("second-factor")
    if before := proof.first(request, back=request.get_full_path()):
        return before
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factors.confirm(request.user, form.cleaned_data["code"], actor=oneself(request), at=now())
        except factors.WrongCode:
            form.add_error("code", "验证码不正确。请核对手机时间是否准确，再输入当前显示的六位数字。")
        else:
            proving.used(request)
            signing.factor_passed(request, request.user, at=now())
            shown = {"codes": codes, "next": wanted(request) or "/"}
            return remember(render(request, "signin/recovery_codes.html", shown), request)
    offer = factors.offer(request.user)
    about = {
        "form": form, "offer": offer, "qr": drawn(offer.address), "next": wanted(request),
        "is_required": not request.session.get(signing.FACTOR_PASSED), "demo_code": _demo_code(request, new=True),
    }  # fmt: skip
    return render(request, "signin/set_up.html", about, status=422 if form.errors else 200)


def drawn(address: str) -> str:
    """The QR code as SVG in the page, without a style of its own."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None))


def _demo_code(request: PageRequest, *, new: bool = False) -> str:
    """In the demo nobody has a phone with the secret: the machine stands in for it."""
    return factors.demo_code(request.user, new=new)

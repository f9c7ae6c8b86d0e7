"""Signing in and out, a password that is due, and choosing the post to act in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from canbao.services import access, accounts
from canbao.services.accounts import passwords, policy, proving, sessions, signing
from canbao.web.middleware import CHOSEN_POST
from canbao.web.request import PageRequest, now
from canbao.web.signin import oidc, recovery
from canbao.web.signin.forms import ChangePassword, SignIn
from canbao.web.signin.shared import go_on, oneself, said, wanted

TOO_MANY = 429
_WHY: dict[str, str] = {
    sessions.Ended.REPLACED: "您的账号已在别处登录，这里的会话已经结束。如果不是您本人，请立即修改密码并联系安全管理员。",
    sessions.Ended.IDLE: "长时间没有操作，已自动退出。请重新登录，登录后回到原来的页面。",
    sessions.Ended.TOO_LONG: "会话已达最长时间，请重新登录。",
    sessions.Ended.BY_HOLDER: "您在别处结束了这个会话。",
    sessions.Ended.BY_ADMINISTRATOR: "管理员结束了这个会话。",
    sessions.Ended.PASSWORD: "密码已经修改，请用新密码登录。",
    sessions.Ended.FACTOR: "双因素认证已经重置，请重新登录并重新设置。",
    recovery.DONE: "重置已经完成，请用您的密码登录。需要设置双因素认证的，登录后按页面提示办理。",
    sessions.Ended.DISABLED: "账号已经停用，请联系系统管理员。",
    oidc.NOT_KNOWN: "统一身份认证没有对应到本系统的可用账号，请用账号和密码登录，或联系系统管理员。",
    oidc.UNREACHABLE: "统一身份认证暂时无法连接，请用账号和密码登录。",
}


def sign_in(request: PageRequest) -> HttpResponse:
    form = SignIn(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                signing.sign_in(
                    request, name=form.cleaned_data["name"], password=form.cleaned_data["password"], at=now()
                )
                return go_on(request)
            except signing.Refused as refusal:
                form.add_error(None, said(refusal))
                form.begin_at_password()
                status = TOO_MANY if isinstance(refusal, signing.Locked) else 422
    about = {"form": form, "next": wanted(request), "why": _why(request), "provider": oidc.button(), "solo": True}
    return render(request, "signin/sign_in.html", about, status=status)


def _why(request: PageRequest) -> str:
    return _WHY.get(request.GET.get("why", ""), "")


@never_cache
def session(request: PageRequest) -> HttpResponse:
    """Whose session this is, and the key of its forms: for a page that was made before and goes on."""
    return JsonResponse({"account": request.user.name, "csrf": get_token(request)})


def sign_out(request: PageRequest) -> HttpResponse:
    """GET asks, POST does."""
    if request.method != "POST":
        return render(request, "signin/sign_out.html")
    if request.user.is_authenticated:
        signing.sign_out(request, request.user, actor=oneself(request), at=now())
    return redirect("sign-in")


def choose_post(request: PageRequest) -> HttpResponse:
    """GET shows the posts; POST takes one."""
    if request.method != "POST":
        return render(request, "signin/choose_post.html", {"posts": request.posts, "ended": request.post_ended})
    chosen = next((held for held in request.posts if str(held.post_id) == request.POST.get("post")), None)
    if chosen is None:
        raise access.NotFound
    request.session[CHOSEN_POST] = chosen.post_id
    signing.choose_post(chosen, actor=accounts.actor_of(request.user, chosen), at=now())
    return redirect("home")


def change_password(request: PageRequest) -> HttpResponse:
    """Before anything else when it is due, else from one's own page."""
    form = ChangePassword(request.POST or None)
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        messages.success(request, "密码已修改。其他地方的会话已经结束。")
        return go_on(request) if wanted(request) else redirect("me")
    rules = policy.current()
    is_due = passwords.is_due(request.user, rules, now())
    about = {"form": form, "rules": rules, "is_due": is_due, "next": wanted(request)}
    return render(request, "signin/change_password.html", about, status=422 if form.errors else 200)


def _changed(request: PageRequest, form: ChangePassword) -> bool:
    given, key = form.cleaned_data, str(request.session.session_key)
    try:
        proving.change_password(
            request, request.user, old=given["old"], new=given["new"], actor=oneself(request), at=now(), keep=key
        )
    except passwords.WrongPassword:
        form.add_error("old", "当前密码不正确。")
        return False
    except signing.Locked as refusal:
        form.add_error("old", said(refusal))
        return False
    except passwords.TooWeak as error:
        form.add_error("new", error.problems)
        return False
    request.user.refresh_from_db()
    _stay(request)
    return True


def _stay(request: PageRequest) -> None:
    """This session goes on, under a new key."""
    store: sessions.SessionStore = request.session  # type: ignore[assignment]
    update_session_auth_hash(request, request.user)
    sessions.note_again(store)

"""Signing in and out, and choosing the post to act in."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from canbao.services import access
from canbao.web.middleware import CHOSEN_POST
from canbao.web.request import PageRequest
from canbao.web.signin.forms import SignIn


def sign_in(request: PageRequest) -> HttpResponse:
    form = SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = auth.authenticate(request, username=form.cleaned_data["name"], password=form.cleaned_data["password"])
        if account is not None:
            auth.login(request, account)
            return HttpResponseRedirect(_next(request))
        form.add_error(None, "账号或密码不正确。")
    return render(request, "signin/sign_in.html", {"form": form, "next": request.GET.get("next", "")})


def sign_out(request: PageRequest) -> HttpResponse:
    if request.method == "POST":
        auth.logout(request)
        return redirect("sign-in")
    return render(request, "signin/sign_out.html")


def choose_post(request: PageRequest) -> HttpResponse:
    """GET shows the posts; POST takes one."""
    if request.method != "POST":
        return render(request, "signin/choose_post.html", {"posts": request.posts})
    chosen = next((held for held in request.posts if str(held.post_id) == request.POST.get("post")), None)
    if chosen is None:
        raise access.NotFound
    request.session[CHOSEN_POST] = chosen.post_id
    return redirect("home")


def _next(request: PageRequest) -> str:
    """Where the request came from, if that is a page of ours."""
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe else "/"

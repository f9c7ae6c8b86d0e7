"""Refusals as other systems read them: a code that does not change, a sentence for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from canbao.rules.roles import Actor
from canbao.services import access, audit, clients
from canbao.services.survey import founding, reaching, visiting

# The database stores no null character; a body with one is UNREADABLE, and the description says so.
NO_NULL = r"^[^\u0000]*$"


class Problem(Schema):
    """没有办成的原因。代码不会改变，供程序判断；说明供人阅读。"""

    code: str = Field(description="错误代码", examples=["NOT_FOUND"])
    message: str = Field(description="说明")
    fields: dict[str, str] = Field(default_factory=dict, description="有误的项目")


def answer_in_problems(api: NinjaAPI) -> None:
    """Every anticipated refusal becomes a Problem; anything else is a bug and is not told."""
    for kind, (status, code, message) in _PLAIN.items():
        api.add_exception_handler(kind, partial(_told, api, status, Problem(code=code, message=message)))
    for kind, handle in _HANDLERS.items():
        api.add_exception_handler(kind, partial(handle, api))


_PLAIN: Final[dict[type[Exception], tuple[int, str, str]]] = {
    AuthenticationError: (401, "NO_TOKEN", "没有令牌，或令牌无效、已停用；须登录的，会话已经结束。"),
    access.NotAllowed: (403, "NOT_ALLOWED", "没有这项权限。"),
    clients.UnknownPurpose: (403, "PURPOSE_NOT_GRANTED", "这个用途没有批准给本接口用户。"),
    visiting.Clash: (409, "CLASH", "这个提交编号已用于别的内容，没有保存。请换一个编号重新提交。"),
    reaching.RoundOver: (409, "ROUND_OVER", "本次入户调查已经结束，没有保存。"),
    clients.QuotaSpent: (429, "QUOTA_SPENT", "今日查询次数已用完，请明日再查，或申请调整上限。"),
    founding.TooLittle: (422, "TOO_LITTLE", "请填写姓名，以及证件号码或出生日期。"),
}


def _told(api: NinjaAPI, status: int, problem: Problem, request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(api, request, status, problem)


def _not_found(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    try:
        _note_guess(request, error)
    except audit.BudgetSpentError as spent:
        return _too_much(api, request, spent)
    return _problem(api, request, 404, Problem(code="NOT_FOUND", message="查询范围或本村名单内没有，或已不在。"))


def _too_much(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    message = f"{error.sentence}确需继续的，登录后在“查阅额度”页申请增加。"
    answer = _problem(api, request, 429, Problem(code="BUDGET_SPENT", message=message))
    answer["Retry-After"] = str(max(1, int((error.renews_at - datetime.now(UTC)).total_seconds())))
    return answer


def _wrong_answers(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    message = "有的项目不能保存，什么也没有保存。请按说明修改。"
    return _problem(api, request, 422, Problem(code="WRONG_ANSWERS", message=message, fields=error.fields))


def _unreadable(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 403:
        return _problem(api, request, 403, Problem(code="CSRF", message="页面已经过期，请刷新后重试。"))
    problem = Problem(code="UNREADABLE", message="读不懂请求内容，应为 UTF-8 的 JSON。")
    return _problem(api, request, error.status_code, problem)


def _invalid(api: NinjaAPI, request: HttpRequest, error: Any) -> HttpResponse:
    fields = {".".join(map(str, found["loc"][2:] or found["loc"])): _words(found["type"]) for found in error.errors}
    problem = Problem(code="INVALID", message="请求内容有误，请按接口说明修改。", fields=fields)
    return _problem(api, request, 422, problem)


_HANDLERS: Final[dict[type[Exception], Callable[[NinjaAPI, HttpRequest, Any], HttpResponse]]] = {
    access.NotFound: _not_found, audit.BudgetSpentError: _too_much, visiting.WrongAnswers: _wrong_answers,
    HttpError: _unreadable, ValidationError: _invalid,
}  # fmt: skip
_WORDS = {"missing": "缺少", "extra_forbidden": "不认识的项目", "enum": "不在允许的取值内"}


def _words(kind: str) -> str:
    return _WORDS.get(kind, "格式不对")


def _note_guess(request: HttpRequest, error: access.NotFound) -> None:
    """A number that is not there, tried by an account; a look-up by another system has its own line. Raises BudgetSpentError."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        return
    names = request.resolver_match.kwargs if request.resolver_match else ()
    audit.note_guess(request.path, kind=error.kind, names=names, actor=actor, at=datetime.now(UTC))


def _problem(api: NinjaAPI, request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
    return api.create_response(request, problem.model_dump(), status=status)

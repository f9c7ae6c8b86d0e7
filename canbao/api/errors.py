"""Refusals as other systems read them: a code that does not change, a sentence for people."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from canbao.rules.labels import ID_KINDS
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

    def told(kind: type[Exception], status: int, code: str, message: str) -> None:
        @api.exception_handler(kind)
        def handle(request: HttpRequest, error: Exception) -> HttpResponse:
            return _problem(api, request, status, Problem(code=code, message=message))

    told(AuthenticationError, 401, "NO_TOKEN", "没有令牌，或令牌无效、已停用；须登录的，会话已经结束。")
    told(access.NotAllowed, 403, "NOT_ALLOWED", "没有这项权限。")
    told(clients.UnknownPurpose, 403, "PURPOSE_NOT_GRANTED", "这个用途没有批准给本接口用户。")
    told(visiting.Clash, 409, "CLASH", "这个提交编号已用于别的内容，没有保存。请换一个编号重新提交。")
    told(reaching.RoundOver, 409, "ROUND_OVER", "本次入户调查已经结束，没有保存。")
    told(clients.QuotaSpent, 429, "QUOTA_SPENT", "今日查询次数已用完，请明日再查，或申请调整上限。")

    @api.exception_handler(access.NotFound)
    def not_found(request: HttpRequest, error: access.NotFound) -> HttpResponse:
        try:
            _note_guess(request, error)
        except audit.BudgetSpentError as spent:
            return too_much(request, spent)
        problem = Problem(code="NOT_FOUND", message="查询范围或本村名单内没有，或已不在。")
        return _problem(api, request, 404, problem)

    @api.exception_handler(audit.BudgetSpentError)
    def too_much(request: HttpRequest, error: audit.BudgetSpentError) -> HttpResponse:
        message = f"{error.sentence}确需继续的，登录后在“查阅额度”页申请增加。"
        answer = _problem(api, request, 429, Problem(code="BUDGET_SPENT", message=message))
        answer["Retry-After"] = str(max(1, int((error.renews_at - datetime.now(UTC)).total_seconds())))
        return answer

    @api.exception_handler(visiting.WrongAnswers)
    def wrong(request: HttpRequest, error: visiting.WrongAnswers) -> HttpResponse:
        message = "有的项目不能保存，什么也没有保存。请按说明修改。"
        return _problem(api, request, 422, Problem(code="WRONG_ANSWERS", message=message, fields=error.fields))

    @api.exception_handler(founding.TooLittle)
    def too_little(request: HttpRequest, error: founding.TooLittle) -> HttpResponse:
        message = "请填写姓名，以及证件号码或出生日期。"
        return _problem(api, request, 422, Problem(code="TOO_LITTLE", message=message))

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 403:
            problem = Problem(code="CSRF", message="页面已经过期，请刷新后重试。")
            return _problem(api, request, 403, problem)
        problem = Problem(code="UNREADABLE", message="读不懂请求内容，应为 UTF-8 的 JSON。")
        return _problem(api, request, error.status_code, problem)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = {".".join(map(str, one["loc"][2:] or one["loc"])): _words(one["type"]) for one in error.errors}
        problem = Problem(code="INVALID", message="请求内容有误，请按接口说明修改。", fields=fields)
        return _problem(api, request, 422, problem)


_WORDS = {"missing": "缺少", "extra_forbidden": "不认识的项目", "enum": "不在允许的取值内"}


def _words(kind: str) -> str:
    return _WORDS.get(kind, "格式不对")


def _note_guess(request: HttpRequest, error: access.NotFound) -> None:
    """A number that is not there, tried by an account; a look-up by another system has its own line. Raises BudgetSpentError."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        return
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    what = error.kind or next((ID_KINDS[name] for name in kwargs if name in ID_KINDS), "")
    audit.record_look(
        audit.Event.NOT_IN_AREA, actor=actor, at=datetime.now(UTC), target_kind="page", target_id=request.path[:100],
        detail={"what": what},
    )  # fmt: skip


def _problem(api: NinjaAPI, request: HttpRequest, status: int, problem: Problem) -> HttpResponse:
    return api.create_response(request, problem.model_dump(), status=status)

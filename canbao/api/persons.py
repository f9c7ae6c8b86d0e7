"""A person by number, with a purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from canbao.api.errors import NO_NULL, Problem
from canbao.api.operations import CallerRequest, operation
from canbao.rules.permissions import Permission
from canbao.rules.purposes import Purpose
from canbao.services import clients

router = Router(tags=["人员"])


class Question(Schema):
    """号码放在请求内容里：网址会留在日志中。"""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(
        min_length=4, max_length=40, pattern=NO_NULL, description="证件号码", examples=["500901199001010014"]
    )
    purpose: Purpose = Field(description="用途：须是批准给该接口用户的用途之一")


class EnrolmentAnswer(Schema):
    """一项参保。"""

    scheme: str = Field(description="险种")
    state: str = Field(description="参保状态")
    first_enrolled_on: str | None = Field(None, description="首次参保日期")
    division: str | None = Field(None, description="参保地区划代码")


class Answer(Schema):
    """只有批准的项目；未批准的不在答复内。"""

    person_id: int = Field(description="登记编号")
    facts: dict[str, str | None] = Field(description="批准给该接口用户的项目，按屏幕显示的方式隐藏一部分")
    enrolments: list[EnrolmentAnswer] | None = Field(None, description="参保情况（获准时）")


@operation(
    router,
    "POST",
    "/lookup",
    need=Permission.CLIENT_LOOK_UP,
    summary="按证件号码查询一名登记人员",
    description="每次查询，不论是否查到，都计入当日次数，并连同用途记入审计日志。查询范围以外的人员与未登记的一样，答复查不到。",
    response={200: Answer, 400: Problem, 401: Problem, 403: Problem, 404: Problem, 422: Problem, 429: Problem},
    exclude_none=True,
)
def lookup(request: CallerRequest, question: Question) -> dict[str, Any]:
    """Each look-up is counted against the daily quota and written to the journal with its purpose, found or not."""
    return clients.look_up(
        question.number, purpose=question.purpose, client=request.auth, on=timezone.localdate(), at=datetime.now(UTC)
    )

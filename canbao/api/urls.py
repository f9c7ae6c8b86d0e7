"""The interface for other systems (规程第十九条: what is handed out is granted and on record)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from canbao.api.errors import answer_in_problems
from canbao.api.field import router as field
from canbao.api.persons import router as persons
from canbao.rules import json_input


class Readable(JSONRenderer):
    """Chinese as Chinese, for anybody who reads an answer in a log."""

    json_dumps_params: ClassVar[dict[str, Any]] = {"ensure_ascii": False}  # type: ignore[misc]


class LimitedParser(Parser):
    """Bodies within the limits of `rules.json_input`; what is beyond them is answered as UNREADABLE."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json_input.parse(request.body)


api = NinjaAPI(
    renderer=Readable(),
    parser=LimitedParser(),
    title="全民参保登记 查询接口",
    version="1",
    description="供经批准的其他系统凭令牌使用；入户走访的部分供登录后的村社调查岗使用。每次查询都计入审计日志。",
    docs_url=None,  # docs/api is generated; the interactive page would need scripts from elsewhere
    openapi_url="",  # so is its description: nothing is served to anybody who is not signed in
)
api.add_router("/persons", persons)
api.add_router("/field", field)
answer_in_problems(api)

urlpatterns = [path("api/v1/", api.urls)]

"""The answer to a request that was not read: a page, or for programs the code and the sentence of the interface."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from canbao.services.uploads import Reason

# Status and sentence of each reason.
ANSWERS: Final = {
    Reason.TOO_LARGE: (413, "内容超过了允许的大小。上限写在该页的说明里；可以压缩图片，或者分几次提交。"),
    Reason.TOO_MANY: (429, "您还有上传没有结束，请等它结束后再试。"),
    Reason.DAY_SPENT: (429, "您今天上传的数据已达到上限，请明日再试，或联系系统管理员。"),
    Reason.DISK_FULL: (507, "服务器磁盘空间不足，暂时不能接收文件。请联系系统管理员。"),
    Reason.CUT_SHORT: (408, "内容没有传完，什么也没有保存。请检查网络后重新提交。"),
    Reason.NO_LENGTH: (
        411, "发送的程序没有说明内容的长度，不能接收。请用浏览器提交，或者在接口程序中写明 Content-Length。",
    ),
    Reason.BUSY: (503, "系统正忙或正在重新启动，请稍等片刻再试。"),
    Reason.UNREADABLE: (
        400, "提交的内容有空字符、过长的项目或者残缺的部分，不能读取，什么也没有保存。请返回上一页，删去从别处粘贴的内容后再提交。",
    ),
}  # fmt: skip


def refused(request: HttpRequest, reason: Reason) -> HttpResponse:
    """Nothing of the request was acted on."""
    status, says = ANSWERS[reason]
    return said(request, reason.value, says, status=status)


def said(request: HttpRequest, code: str, says: str, *, status: int) -> HttpResponse:
    """A page with a sentence, or for programs the code and the sentence of the interface."""
    if wants_json(request):
        return JsonResponse({"code": code, "message": says, "fields": {}}, status=status)
    return HttpResponse(render_to_string("refused.html", {"says": says}), status=status)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks."""
    return "application/json" in request.headers.get("Accept", "") or request.path.startswith("/api/")

"""What the proxy in front asks before it reads the body of an upload, which it would otherwise store for anybody."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from canbao.web.bodies import allowance_of
from canbao.web.request import PageRequest
from canbao.web.routes import Open, page


@require_GET
def may_upload(request: PageRequest) -> HttpResponse:
    """204 where the session of the cookie may send a body of X-Original-Length bytes to X-Original-Path, 401 otherwise.

    Who asks for the page itself sends nothing (X-Original-Method, X-Original-Encoding). Quota and disk are looked at when the request arrives.
    """
    path, size, method, encoding = (
        request.headers.get(f"X-Original-{name}", "") for name in ("Path", "Length", "Method", "Encoding")
    )
    if method in ("GET", "HEAD") and size in ("", "0") and not encoding:
        return HttpResponse(status=204)
    allowance = allowance_of(request, path.partition("?")[0])
    fits = allowance is not None and size.isascii() and size.isdecimal() and len(size) < 19
    return HttpResponse(status=204 if fits and allowance and int(size) <= allowance.a_request else 401)


urlpatterns = [page("uploads/admission/", may_upload, name="upload-admission", need=Open.ANYBODY)]

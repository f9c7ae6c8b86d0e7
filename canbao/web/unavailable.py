"""When something fails that nobody anticipated: a bug, or a database that is away, busy or waited for too long."""

from __future__ import annotations

import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from canbao.services.uploads import Reason
from canbao.web.refusing import refused

RETRY_SECONDS: Final = 10


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the error is handled. The error log has it already.

    A database that is restarted, a lock that was not had in time, a statement that took too long: 503, try again. Nothing was
    written, for the transaction is gone.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        answer = refused(request, Reason.BUSY)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer
    return server_error(request)

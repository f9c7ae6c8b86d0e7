"""A form that is sent twice is acted on once: what a submission id has led to, in the transaction of the act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from canbao.store.models import Submission

KEPT_FOR: Final = timedelta(days=2)  # longer than any session, and than a page that is left open over night


class UsedAnewError(Exception):
    """The id belongs to a form that was sent already with other contents, or by somebody else."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the first sending led. location: an address of this register."""

    status: int
    location: str


_BEGIN = """
insert into submission (id, account, page, digest, location, at) values (%s, %s, %s, %s, '', %s)
on conflict (id) do nothing
"""


def begin(submission_id: UUID, *, account: str, page: str, digest: str, at: datetime) -> Answer | None:
    """None for the first sending of a form, which is to be acted on now; else what the first one led to.

    A second sending waits here until the transaction of the first is over. Has to be called inside the transaction of the act.
    Raises UsedAnewError.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [submission_id, account, page, digest, at])
        if cursor.rowcount:
            return None
    kept = Submission.objects.filter(pk=submission_id).first()
    if kept is None:  # dropped as an old one in this moment
        raise UsedAnewError("")
    is_same = (kept.account, kept.page, kept.digest) == (account, page, digest)
    if not is_same or kept.status is None:
        raise UsedAnewError(kept.location if kept.account == account else "")
    return Answer(kept.status, kept.location)


def finish(submission_id: UUID, *, status: int, location: str) -> None:
    """Keep where the act led, in its transaction."""
    Submission.objects.filter(pk=submission_id).update(status=status, location=location)


def forget(submission_id: UUID) -> None:
    """Nothing was done: the form can be corrected and sent again under its id."""
    Submission.objects.filter(pk=submission_id).delete()


def drop_old(*, at: datetime) -> int:
    """Remove ids that no open page carries any more; says how many."""
    return Submission.objects.filter(at__lt=at - KEPT_FOR).delete()[0]

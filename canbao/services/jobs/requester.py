"""Whether the account that asked for a job still stands where the right to it came from: when it starts, and when its files are fetched."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from canbao.rules.period import day_of
from canbao.rules.roles import Actor
from canbao.services.accounts import posts_on
from canbao.store.models import Account, Job


class RequesterLeftError(Exception):
    """The account is disabled, or no longer holds the post in which the job was asked for."""


def check_requester(job: Job, *, at: datetime) -> None:
    """The account in use, the same role at the same office. A practice home believes a name that no account has.

    Raises RequesterLeftError.
    """
    account = Account.objects.filter(name=job.requested_by).first()
    if account is None and settings.CANBAO_PRACTICE:
        return
    held = posts_on(account, day_of(at)) if account else []
    if not any((post.role.value, post.office) == (job.requested_role, job.requested_office) for post in held):
        raise RequesterLeftError(job.pk)


def is_of_post(job: Job, actor: Actor) -> bool:
    """Whether the actor stands in the post in which the job was asked for."""
    return (job.requested_by, job.requested_role, job.requested_office) == (actor.account, actor.role, actor.office)

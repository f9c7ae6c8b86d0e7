"""What runs by the clock. Each may run late, twice, or beside itself."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from canbao.rules.roles import BY_THE_CLOCK, Actor, Role
from canbao.services import accounts, audit, jobs, submissions
from canbao.services.accounts import policy, recovery
from canbao.services.accounts.sessions import SessionStore
from canbao.services.survey import placed


def now() -> datetime:
    """The clock of the timetable."""
    return datetime.now(UTC)


@app.periodic(cron="* * * * *")
@app.task(name="every_minute", queueing_lock="every_minute")
def every_minute(timestamp: int) -> None:
    """Jobs of killed workers back into the queue. The journal is sealed apart from the queue (canbao.cli.worker)."""
    jobs.sweep(at=now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="scan_journal", queueing_lock="scan_journal")
def scan_journal(timestamp: int) -> None:
    """Suspicious looks become alarms, and lines that nobody has sealed."""
    audit.scan(at=now())
    audit.watch(at=now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="anchor_journal", queueing_lock="anchor_journal")
def anchor_journal(timestamp: int) -> None:
    """The end of the journal's chain noted, and brought outside the machine, as is what was noted before and has not got there."""
    try:
        audit.anchor(actor=Actor(BY_THE_CLOCK, Role.AUDIT_ADMINISTRATOR), at=now())
    finally:
        audit.deliver(at=now())


@app.periodic(cron="17 * * * *")
@app.task(name="place_people", queueing_lock="place_people")
def place_people(timestamp: int) -> None:
    """Villages from addresses for the towns that changed, what clerks corrected among it; the lines of open rounds follow."""
    actor = Actor(BY_THE_CLOCK, Role.MUNICIPAL_OPERATOR)
    placed.work_out(actor=actor, at=now())


@app.periodic(cron="30 18 * * *")  # half past two at night in Chongqing
@app.task(name="every_night", queueing_lock="every_night")
def every_night(timestamp: int) -> None:
    """The journal's next months made, sessions and idle accounts closed, old files removed."""
    at = now()
    audit.make_months()
    days = policy.value("account_idle_days")
    accounts.disable_idle(days=days, actor=Actor(BY_THE_CLOCK, Role.SECURITY_ADMINISTRATOR), at=at)
    SessionStore.clear_expired()
    recovery.drop_expired(at=at)
    submissions.drop_old(at=at)
    jobs.clear_old(at=at)

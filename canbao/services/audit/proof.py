"""Prove that nothing in the journal was touched since it was sealed, or name what was; and say until when that holds.

Five layers, each catching who got round the one before: entries against their seals; seals against the one before; the chain
against what the journal itself remembers of its anchors; against what lies outside the machine (time stamps, a receiver's
file, the auditor's signature, paper); the tables themselves against what the package makes.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from canbao.rules.division import CITY
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.checks import Walk
from canbao.services.audit.compare import Comparison
from canbao.services.audit.events import Event
from canbao.services.audit.evidence import GivenEvidence, Source
from canbao.services.audit.findings import ENTRIES, Finding, Harm, gathered, told
from canbao.services.audit.gathering import gather
from canbao.services.audit.journal import record
from canbao.services.audit.months import missing_months
from canbao.services.audit.reading import OnlyPart, require
from canbao.services.audit.report import Report
from canbao.services.audit.sealing import unsealed
from canbao.services.audit.tables import schema_deviations

NOTED = 50  # findings that go into the journal entry of the verification


def verify(*, actor: Actor, at: datetime, given: GivenEvidence | None = None) -> Report:
    """Compare entries with seals, seals with each other and with all evidence there is; goes on record itself.

    Raises NotAllowed, OnlyPart; SigningKeyError, OSError for what is given and cannot be read.
    """
    require(actor, Permission.JOURNAL_VERIFY)
    if actor.office != CITY:
        raise OnlyPart(actor.office)
    given, report = given or GivenEvidence(), Report()
    against = gather(given)
    comparison = Comparison(against.evidence, printed=given.printed)
    report.findings += against.findings
    Walk(report, comparison).go()
    report.findings += [*missing_months(report.findings), *schema_deviations()]
    report.findings = told(gathered(report.findings))
    waiting = unsealed()
    report.overdue = waiting if waiting.is_long else None
    report.anchors = sum(item.source is Source.FILE for item in against.evidence)
    report.witnesses, report.proven = comparison.witnesses(), comparison.proven()
    report.notices = [*against.notices, *comparison.notices(), *_numbers(report)]
    _note(report, actor=actor, at=at)
    return report


def _numbers(report: Report) -> list[str]:
    """Numbers without an entry: an act that was not completed leaves one, and so does a line deleted before it was sealed."""
    notices = []
    if report.gaps:
        notices.append(
            f"已封存部分有 {report.gaps} 个空号（每 100 个编号 {100 * report.gaps / (report.gaps + report.sealed):.1f} 个）："
            "办理未成时编号作废，属正常；封存前被删除的条目也会留下空号。"
        )
    if report.lost:
        notices.append(
            f"最近一次封存之后发放了 {report.unsealed + report.lost} 个编号，现有 {report.unsealed} 条："
            f"其余 {report.lost} 个正在办理、办理未成，或封存前已被删除，无法区分。"
        )
    return notices


def _kept(found: Finding) -> str:
    """What the journal keeps of it: not the sentence of an entry, which is told anew whenever it is read."""
    return found.says if found.harm not in ENTRIES or found.harm is Harm.DELETED else ""


def _note(report: Report, *, actor: Actor, at: datetime) -> None:
    detail: dict[str, object] = {
        "sealed": report.sealed,
        "intact": report.intact,
        "digest": report.digest,
        "found": len(report.findings),
        "verdict": report.verdict,
        "findings": [[found.harm.value, found.number, _kept(found)] for found in report.findings[:NOTED]],
        "notices": report.notices[:NOTED],
    }
    with transaction.atomic():
        record(Event.JOURNAL_VERIFIED, actor=actor, at=at, target_kind="journal", detail=detail)

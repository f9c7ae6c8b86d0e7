"""The work that waits for a post: what its holder sees first. Counts only; each list is its own room's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Q

from canbao.rules.approval import State
from canbao.rules.cadence import EXPECTED, Lateness, lateness
from canbao.rules.labels import SOURCES
from canbao.rules.match_labels import CASE_LABELS, CaseKind
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.services import access, accounts, audit, budgets, matching, overview
from canbao.services.accounts import resets
from canbao.services.survey import signing
from canbao.services.survey import waiting as survey
from canbao.store.models import (
    ApiClient,
    Batch,
    BatchStatus,
    BulkState,
    CaseState,
    Job,
    JobState,
    MatchBulk,
    MatchCase,
    PostRequest,
    SourceState,
)


class Tone(StrEnum):
    """How pressing: BAD is overdue or blocked, WAIT waits for this post, LOOK is there to be done, OK is under way."""

    BAD = "bad"
    WAIT = "wait"
    LOOK = "look"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """route: the name of the page, args: of which row; query: what narrows its list, as in an address; hint: one short sentence.

    below: it waits for the offices below, whose work the actor's office only follows.
    """

    label: str
    count: int
    route: str
    tone: Tone = Tone.LOOK
    hint: str = ""
    query: str = ""
    args: tuple[int, ...] = ()
    below: bool = False


def waiting(actor: Actor, *, on: date) -> list[WorkItem]:
    """What waits for the actor's post today, own work before that of the offices below, the most pressing kind first; no noughts."""
    looks = (look for need, look in _LOOKS if need is None or allows(actor.role, need))
    found = [item for look in looks for item in look(actor, on) if item.count]
    return sorted(found, key=lambda item: (item.below, list(Tone).index(item.tone)))


def _batches_held(actor: Actor, on: date) -> Iterator[WorkItem]:
    held = Batch.objects.filter(status=BatchStatus.HELD).exclude(delivery__received_by=actor.account)
    open_to = held.exclude(released_first_by=actor.account).count()
    yield WorkItem("被拦截的批次", open_to, "deliveries", Tone.BAD, "由两人分别放行", "status=HELD")


def _batches_prepared(actor: Actor, on: date) -> Iterator[WorkItem]:
    ready = Batch.objects.filter(status=BatchStatus.PREPARED).exclude(delivery__received_by=actor.account).count()
    yield WorkItem("待提交的批次", ready, "deliveries", Tone.WAIT, "先看预览，再提交", "status=PREPARED")


def _sources_late(actor: Actor, on: date) -> Iterator[WorkItem]:
    dates = dict(SourceState.objects.values_list("source", "as_of"))
    late = [
        expected.label
        for source, expected in EXPECTED.items()
        if lateness(source, as_of=dates.get(source), on=on) in (Lateness.LATE, Lateness.VERY_LATE)
    ]
    shown = "、".join(late[:3]) + ("等" if len(late) > 3 else "")
    yield WorkItem("逾期没有报送的来源", len(late), "deliveries", Tone.BAD, shown)


def _to_match(actor: Actor, on: date) -> Iterator[WorkItem]:
    waiting = overview.unmatched()
    shown = "、".join(SOURCES.get(source, source) for source in waiting[:3]) + ("等" if len(waiting) > 3 else "")
    yield WorkItem("已提交、待比对的来源", len(waiting), "runs", Tone.WAIT, shown)


def _cases(actor: Actor, on: date) -> Iterator[WorkItem]:
    own = Count("pk", filter=Q(office_path=actor.office))
    counted = access.within(MatchCase.objects.filter(state=CaseState.OPEN), actor).values("kind")
    counts = {row["kind"]: (row["own"], row["n"]) for row in counted.annotate(n=Count("pk"), own=own).order_by()}
    for kind in CaseKind:
        mine, every = counts.get(kind, (0, 0))
        label, query = CASE_LABELS[kind], f"kind={kind}"
        yield WorkItem(label, mine, "cases", Tone.WAIT, "待判定的疑点", f"{query}&office={matching.OWN}")
        yield WorkItem(label, every - mine, "cases", Tone.LOOK, "由下级机构判定", query, below=True)
    yield WorkItem(
        "待第二人判定", matching.seconds_waiting(actor), "cases", Tone.LOOK, "看不到第一人的结论", "state=SECOND"
    )


def _cases_escalated(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = access.within(MatchCase.objects.filter(state=CaseState.ESCALATED), actor).count()
    yield WorkItem("两人结论不一致的疑点", count, "cases", Tone.BAD, "由您决定", "state=ESCALATED")


def _bulks(actor: Actor, on: date) -> Iterator[WorkItem]:
    asked = access.within(MatchBulk.objects.filter(state=BulkState.SUBMITTED), actor).exclude(asked_by=actor.account)
    yield WorkItem("待确认的成批判定", asked.count(), "case-bulks", Tone.WAIT, "先看预览和抽样")


def _requests_to_settle(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = sum(asked.asked_by != actor.account for asked in accounts.waiting(actor=actor))
    yield WorkItem("待批准的岗位申请", count, "post-requests", Tone.WAIT, "核对人员、机构和期限")


def _requests_of_mine(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = PostRequest.objects.filter(state=State.SUBMITTED, asked_by=actor.account).count()
    yield WorkItem("等待批准的申请", count, "post-requests", Tone.OK, "由您提出，安全管理员尚未批准")


def _lifts_to_settle(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = sum(asked.asked_by != actor.account for asked in budgets.waiting(actor=actor))
    yield WorkItem("待批准的额度申请", count, "budget-requests", Tone.WAIT, "核对业务、人数和时间")


def _resets_to_grant(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = resets.open_to(actor=actor, on=on)
    yield WorkItem("待批准的凭据重置", count, "resets", Tone.WAIT, "本人等着登录，核对身份后批准")


def _clients_to_grant(actor: Actor, on: date) -> Iterator[WorkItem]:
    asked = ApiClient.objects.filter(granted_at__isnull=True, stopped_at__isnull=True)
    count = asked.exclude(registered_by=actor.account).count()
    yield WorkItem("待批准的接口用户", count, "clients", Tone.WAIT, "核对用途和字段")


def _alarms(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = audit.alarms.waiting(actor=actor)
    yield WorkItem("待处理的异常告警", count, "audit-alarms", Tone.BAD, "查明原因，写明处理意见")
    if audit.scan_delay().is_late:
        yield WorkItem(
            "异常检查没有按时进行", 1, "audit-alarms", Tone.BAD, "请系统管理员确认后台进程；可先点“立即检查”"
        )


def _sheets_without_mandate(actor: Actor, on: date) -> Iterator[WorkItem]:
    count = signing.without_mandate(actor).count()
    yield WorkItem("缺委托书的登记表", count, "sheets-without-mandate", Tone.BAD, "代理人签名，补委托书或注明")


def _survey_village(actor: Actor, on: date) -> Iterator[WorkItem]:
    for one in survey.of_lines(actor, on=on):
        name, of = one.round.name, (one.round.pk,)
        yield WorkItem("镇街退回的人", one.sent_back, "field-round", Tone.BAD, f"{name}：补好后重新上报", args=of)
        yield WorkItem("待走访的人", one.to_visit, "field-round", Tone.WAIT, name, args=of)
        yield WorkItem("可以上交的人", one.to_hand_in, "survey-hand-in", Tone.LOOK, name, args=of)


def _found(actor: Actor, on: date) -> Iterator[WorkItem]:
    for round_, count in survey.found_waiting(actor):
        hint = f"{round_.name}：核对是否已在登记库"
        yield WorkItem(
            "待办理的新发现人员", count, "survey-found", Tone.WAIT, hint, "state=PROVISIONAL", args=(round_.pk,)
        )


def _survey_town(actor: Actor, on: date) -> Iterator[WorkItem]:
    for one in survey.of_lines(actor, on=on):
        name, of = one.round.name, (one.round.pk,)
        yield WorkItem("逾期未交的走访", one.late, "survey-round", Tone.BAD, f"{name}：请催办", args=of)
        yield WorkItem("待录入的登记表", one.to_enter, "survey-entry", Tone.WAIT, name, args=of)
        yield WorkItem("待审核办结的走访", one.to_check, "survey-check", Tone.WAIT, name, args=of)


def _survey_district(actor: Actor, on: date) -> Iterator[WorkItem]:
    for one in survey.of_district(actor, on=on):
        name, of = one.round.name, (one.round.pk,)
        yield WorkItem("有逾期的镇街", one.towns_late, "survey-round", Tone.BAD, f"{name}：请催办", args=of)
        yield WorkItem("待回访的人", one.calls, "survey-calls", Tone.WAIT, name, args=of)


def _jobs(actor: Actor, on: date) -> Iterator[WorkItem]:
    mine = Job.objects.filter(requested_by=actor.account, state__in=(JobState.QUEUED, JobState.RUNNING))
    yield WorkItem("正在后台办理的任务", mine.count(), "jobs", Tone.OK, "可以离开，办完再来看")


def _survey_lists(actor: Actor, on: date) -> Iterator[WorkItem]:
    for round_, down, nowhere in survey.to_hand_down(actor):
        of = (round_.pk,)
        yield WorkItem("待下发的走访名单", down, "survey-dispatch", Tone.WAIT, round_.name, args=of)
        yield WorkItem("待指定走访机构的人", nowhere, "survey-list", Tone.WAIT, f"{round_.name}：请改派", args=of)


def _survey_building(actor: Actor, on: date) -> Iterator[WorkItem]:
    yield WorkItem("正在生成名单的入户调查", survey.building(actor), "surveys", Tone.OK, "生成后再下发")


_Look = Callable[[Actor, date], Iterator[WorkItem]]
_LOOKS: tuple[tuple[Permission | None, _Look], ...] = (
    (Permission.DELIVERY_RELEASE, _batches_held),
    (Permission.DELIVERY_COMMIT, _batches_prepared),
    (Permission.DELIVERY_RECEIVE, _sources_late),
    (Permission.MATCH_RUN, _to_match),
    (Permission.CASE_DECIDE, _cases),
    (Permission.CASE_DECIDE_BULK, _cases_escalated),
    (Permission.CASE_DECIDE_BULK, _bulks),
    (Permission.POST_GRANT, _requests_to_settle),
    (Permission.CREDENTIAL_RESET, _resets_to_grant),
    (Permission.POST_ASK, _requests_of_mine),
    (Permission.BUDGET_LIFT, _lifts_to_settle),
    (Permission.CLIENT_GRANT, _clients_to_grant),
    (Permission.ALARM_SETTLE, _alarms),
    (Permission.SURVEY_RETURN, _sheets_without_mandate),
    (Permission.SURVEY_OPEN, _survey_building),
    (Permission.SURVEY_DISPATCH, _survey_lists),
    (Permission.SURVEY_VISIT, _survey_village),
    (Permission.SURVEY_CHECK, _survey_town),
    (Permission.SURVEY_ENTER, _found),
    (Permission.SURVEY_CALL, _survey_district),
    (None, _jobs),
)

"""The village worker's device: the own list, visits and people found under a number the device draws, receipts to read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Path, Query, Router, Schema, Status
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from canbao.api.errors import NO_NULL, Problem
from canbao.api.signed import SignedRequest, signed_operation
from canbao.rules.answers import Item
from canbao.rules.codes import Scheme
from canbao.rules.outreach import Willingness
from canbao.rules.permissions import Permission
from canbao.rules.survey import Outcome
from canbao.services import access
from canbao.services.survey import founding, own_list, visiting
from canbao.services.survey.finding import Twin

router = Router(tags=["入户走访"])
_BIGGEST = 2**63 - 1
_NEED = Permission.SURVEY_VISIT
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _within_reason(value: datetime) -> datetime:
    """In UTC. A year that no clock shows, or an offset that no place has, is stored by no database and shown on no page."""
    if not _EARLIEST < value.replace(tzinfo=UTC) < _LATEST:
        raise ValueError(value)
    return value.astimezone(UTC)


Text = Annotated[str, Field(pattern=NO_NULL)]
Answer = Annotated[Text, Field(max_length=400)] | list[Annotated[Text, Field(max_length=20)]] | None
Answers = Annotated[dict[Annotated[Text, Field(max_length=40)], Answer], Field(max_length=40)]


class AskedItem(Schema):
    """要采集的一个项目。"""

    name: str = Field(description="项目")
    label: str = Field(description="名称")
    shape: str = Field(description="填法：TEXT、CODE、CODES、DAY、DIVISION")


class FieldLine(Schema):
    """名单上的一个人。地址是全的：要找得到门；没有证件号码，电话按屏幕显示的方式隐藏。"""

    task_id: int = Field(description="名单编号")
    round_id: int = Field(description="入户调查编号")
    name: str = Field(description="姓名")
    sex: str = Field(description="性别")
    age: int | None = Field(None, description="年龄")
    relation: str = Field(description="与户主关系")
    address: str = Field(description="地址")
    phone: str = Field(description="联系电话（隐藏一部分）")
    state: str = Field(description="状态")
    visits: int = Field(description="走访天数")
    outcome: str | None = Field(None, description="最近一次走访结果")
    reasons: list[str] = Field(description="走访原因")
    suggestion: str | None = Field(None, description="建议结论")
    sent_back_reason: str = Field(description="退回原因")
    due_on: str | None = Field(None, description="期限")
    asks: list[AskedItem] = Field(description="要采集的项目；登记库已知的不在其中")


class FieldPackage(Schema):
    """本村名单的一部分。"""

    lines: list[FieldLine] = Field(description="名单")
    after: int | None = Field(None, description="下一部分从此编号之后取；没有则已到末尾")


class Household(Schema):
    """同一户在名单上的人。"""

    lines: list[FieldLine] = Field(description="名单")


class Outreach(Schema):
    """动员结果。愿意参保的，写明险种（只能是此人应参加或可参加的）和从哪个月起；原因有效期只在有未参保原因时填。"""

    model_config = ConfigDict(extra="forbid")

    willing: Willingness | None = Field(None, description="参保意愿")
    schemes: list[Scheme] = Field(default_factory=list, max_length=20, description="拟参加险种")
    joins_in: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")] | None = Field(None, description="拟参保月份（年-月）")
    reason_until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        None, description="未参保原因有效期（年-月-日）"
    )


class Visit(Schema):
    """一次走访。编号由设备生成；同一编号同一内容重复提交多少次都是一次。"""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID = Field(description="提交编号（UUID），由设备生成")
    task_id: int = Field(ge=1, le=_BIGGEST, description="名单编号")
    outcome: Outcome = Field(description="走访结果")
    answers: Answers = Field(default_factory=dict, description="采集到的项目")
    note: Text = Field("", max_length=200, description="说明")
    outreach: Outreach | None = Field(None, description="动员结果")
    visited_at: Annotated[AwareDatetime, AfterValidator(_within_reason)] = Field(
        description="走访时间（设备时钟；早于上报 31 天以上或晚于上报的，以上报之日为准）"
    )


class VisitReceipt(Schema):
    """回执。收到回执才算报送成功。"""

    receipt: str = Field(description="回执号")
    client_id: UUID = Field(description="提交编号")
    kind: str = Field(description="VISIT 走访；FOUND 新发现人员")
    task_id: int | None = Field(None, description="名单编号")
    state: str | None = Field(None, description="名单现在的状态")
    withheld: str = Field(
        description="未生效时名单所在的状态，空为已生效；PLANNED：名单已收回，再下发时生效；MOVED：已转给别的村社；OVER：调查已结束"
    )
    message: str = Field(description="说明")


class Found(Schema):
    """入户新发现人员。先不带 chosen 提交，有相似人员时答复 409，再说明是其中哪一人或“不是同一人”（NEW）。"""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID = Field(description="提交编号（UUID），由设备生成")
    round_id: int = Field(ge=1, le=_BIGGEST, description="入户调查编号")
    facts: Answers = Field(description="登记表正面的项目")
    chosen: Text = Field("", max_length=16, description="相似人员的 key，或 NEW")
    note: Text = Field("", max_length=200, description="说明：选 NEW 而有很可能是同一人的，必填")
    number_seen: bool = Field(False, description="证件号码校验不对，但已对照证件、确实如此")


class FoundAnswer(Schema):
    """办理结果。"""

    came: str = Field(description="ADDED、LINE_MADE、ON_LIST、ELSEWHERE、FOUND_BEFORE")
    receipt: str = Field(description="回执号；没有保存时为空")
    task_id: int | None = Field(None, description="接着走访的名单编号")
    message: str = Field(description="说明")


class TwinShown(Schema):
    """相似的一个人：没有号码，没有地址。"""

    key: str = Field(description="供 chosen 使用")
    likeness: str = Field(description="SAME、LIKELY、PERHAPS")
    label: str = Field(description="相似程度")
    name: str = Field(description="姓名")
    where: str = Field(description="所在镇街")
    why: list[str] = Field(description="依据")
    task_id: int | None = Field(None, description="在本村名单上的编号")


class Alike(Problem):
    """有相似人员，没有保存。只列出号码和姓名、或姓名和出生日期都相符的人；其他的只说有，不说是谁。"""

    twins: list[TwinShown] = Field(default_factory=list, description="相似人员")


def _line(line: own_list.Line, items: tuple[Item, ...]) -> dict[str, Any]:
    return {
        "task_id": line.task_id, "round_id": line.round_id, "name": line.name, "sex": line.sex, "age": line.age,
        "relation": line.relation, "address": line.address, "phone": line.phone, "state": line.state.value,
        "visits": line.visits, "outcome": line.outcome and line.outcome.value,
        "reasons": [one.value for one in line.reasons], "suggestion": line.suggestion and line.suggestion.value,
        "sent_back_reason": line.sent_back_reason, "due_on": line.due_on and line.due_on.isoformat(),
        "asks": [{"name": item.name, "label": item.label, "shape": item.shape.value} for item in items],
    }  # fmt: skip


After = Annotated[int, Query(ge=0, le=_BIGGEST, description="上一部分末尾的编号")]
TaskNumber = Annotated[int, Path(ge=1, le=_BIGGEST, description="名单编号")]
_REFUSED = {400: Problem, 401: Problem, 403: Problem, 422: Problem}


@signed_operation(
    router, "GET", "/tasks", need=_NEED, summary="取本村的走访名单",
    description="按编号分批，每批 200 人，记入审计日志。", response={200: FieldPackage, 429: Problem, **_REFUSED},
)  # fmt: skip
def tasks(request: SignedRequest, after: After = 0) -> dict[str, Any]:
    """A part of the own list."""
    found = own_list.package(request.auth, after=after, at=datetime.now(UTC))
    return {"lines": [_line(line, items) for line, items in found.lines], "after": found.after}


@signed_operation(
    router, "GET", "/households/{task_id}", need=_NEED, summary="取同一户在名单上的人",
    description="本村名单上与此人同一户的人，记入审计日志。", response={200: Household, 404: Problem, 429: Problem, **_REFUSED},
)  # fmt: skip
def household(request: SignedRequest, task_id: TaskNumber) -> dict[str, Any]:
    """Everybody of the home who is on the list, with what to ask of each."""
    at = datetime.now(UTC)
    found = own_list.home_with_items(task_id, actor=request.auth, on=timezone.localdate(), at=at)
    return {"lines": [_line(line, items) for line, items in found]}


@signed_operation(
    router, "POST", "/visits", need=_NEED, summary="上报一次走访",
    description="同一编号、同一内容重复提交，答复同一回执；同一编号、不同内容，答复 409。名单已收回或已上交的，保存并给回执，暂不生效。",
    response={200: VisitReceipt, 404: Problem, 409: Problem, 429: Problem, **_REFUSED},
)  # fmt: skip
def report_visit(request: SignedRequest, visit: Visit) -> dict[str, Any]:
    """Stored once, however often it is sent."""
    submission = visiting.Submission(
        client_id=visit.client_id, task_id=visit.task_id, outcome=visit.outcome, visited_at=visit.visited_at,
        answers=visit.answers, note=visit.note,
        outreach=visit.outreach.model_dump(mode="json", exclude_defaults=True) if visit.outreach else {},
    )  # fmt: skip
    return _told(visiting.report(submission, actor=request.auth, at=datetime.now(UTC)))


@signed_operation(
    router, "GET", "/receipts/{client_id}", need=_NEED, summary="读回回执",
    description="走访或新发现人员的提交编号。读到回执，设备才可以丢掉这一条。", response={200: VisitReceipt, 404: Problem, 429: Problem, **_REFUSED},
)  # fmt: skip
def receipt(request: SignedRequest, client_id: UUID) -> dict[str, Any]:
    """What became of a submission."""
    try:
        return _told(visiting.receipt(client_id, actor=request.auth))
    except access.NotFound:
        found = founding.receipt(client_id, actor=request.auth)
    return {
        "receipt": found.number, "client_id": client_id, "kind": "FOUND", "task_id": found.task_id, "state": None,
        "withheld": "", "message": CAME[found.came].format(found.where),
    }  # fmt: skip


@signed_operation(
    router, "POST", "/found", need=_NEED, summary="上报入户新发现人员",
    description="保存之前在全市登记库查重，每次都记入审计日志，并计入查阅额度。有相似人员而没有选定的，答复 409 和相似人员，什么也不保存。",
    response={200: FoundAnswer, 404: Problem, 409: Alike, 429: Problem, **_REFUSED},
)  # fmt: skip
def report_found(request: SignedRequest, found: Found) -> Any:
    """Everything is searched before anybody is added."""
    submission = founding.FoundSubmission(
        client_id=found.client_id, round_id=found.round_id, facts=found.facts, chosen=found.chosen, note=found.note,
        number_seen=found.number_seen,
    )  # fmt: skip
    done = founding.report(submission, actor=request.auth, at=datetime.now(UTC))
    if isinstance(done, founding.MustChoose):
        return Status(409, _alike(done, found.client_id, request))
    said = CAME[done.came].format(done.where)
    return Status(200, {"came": done.came.value, "receipt": done.number, "task_id": done.task_id, "message": said})


CAME = {
    founding.Came.ADDED: "已保存，在镇街登记之前是临时记录。",
    founding.Came.LINE_MADE: "登记库已有此人，已列入本村名单，请接着走访。",
    founding.Came.ON_LIST: "此人就在本村名单上，请接着走访。",
    founding.Came.ELSEWHERE: "此人已在{}的名单上，已记下，由镇街通知，不必再访。",
    founding.Came.FOUND_BEFORE: "此人已由{}上报过，不必再报。",
}
_CHOOSE: dict[founding.Missing, tuple[str, str]] = {
    founding.Missing.CHOICE: ("ALIKE", "登记库有相似人员，请选定是其中哪一人，或选“不是同一人”。"),
    founding.Missing.OTHER_NUMBER: ("SAME_NUMBER", "这个证件号码已有人登记，不能作为新人员。请选定此人，或核对号码。"),
    founding.Missing.NOTE: ("NOTE_MISSING", "很可能是同一人。确实不是的，请写明怎样核实的。"),
}
_NUMBER_TAKEN = ("NUMBER_TAKEN", "该号码已有登记，与所填姓名不符，请联系镇街社保所核实。")
_UNSURE = (
    "UNSURE",
    "登记库中有很相似的人，所填内容不足以认定。请核对号码和出生日期；确是另一人的，选 NEW 并写明怎样核实的。",
)


def _alike(asked: founding.MustChoose, client_id: UUID, request: SignedRequest) -> dict[str, Any]:
    code, message = _CHOOSE[asked.missing]
    if asked.number_taken:
        code, message = _NUMBER_TAKEN
    elif asked.unsure and not asked.twins:
        code, message = _UNSURE
    twins = [_twin(twin, client_id, request) for twin in asked.twins]
    return {"code": code, "message": message, "fields": {}, "twins": twins}


def _twin(twin: Twin, client_id: UUID, request: SignedRequest) -> dict[str, Any]:
    own = founding.is_own(twin, request.auth)
    return {
        "key": founding.key_of(twin, client_id), "likeness": twin.likeness.value, "label": twin.likeness.label,
        "name": twin.name, "where": twin.where, "why": list(twin.why), "task_id": twin.line_id if own else None,
    }  # fmt: skip


def _told(found: visiting.Receipt) -> dict[str, Any]:
    return {
        "receipt": found.number, "client_id": found.client_id, "kind": "VISIT", "task_id": found.task_id,
        "state": found.state and found.state.value, "withheld": found.withheld, "message": _message(found),
    }  # fmt: skip


def _message(found: visiting.Receipt) -> str:
    if not found.withheld:
        return f"{found.outcome.label}。{found.outcome.leads_to}"
    if found.recalled:
        return "名单已被收回。您的结果已保存，名单再下发时生效，不必重填。"
    if found.withheld == visiting.MOVED:
        return "此人已转给别的村社走访。您的结果已保存，镇街可以查看，不改变名单，不必重填。"
    if found.withheld == visiting.OVER:
        return "本次入户调查已经结束。您的结果已保存，不改变名单，请与镇街联系。"
    return "名单已经上交或收表。您的结果已保存，不改变名单；如须更正，请镇街退回后再报。"

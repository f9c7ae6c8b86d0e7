"""`canbao person`: one person, as it was on a day and as it was known at an instant; corrections on evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from canbao.cli.context import acts_as, now
from canbao.cli.labels import FIELDS, GAPS, SCOPES, SOURCES
from canbao.cli.output import REFUSED_BY_RULE, USAGE, Stop, explain, json_option, print_json, print_table, say
from canbao.rules.codes import label
from canbao.rules.enrolment import EnrolmentState
from canbao.rules.offices import office_full_name
from canbao.rules.roles import Actor, Role
from canbao.services import registry

_HERE = ZoneInfo("Asia/Shanghai")
_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    registry.NotFound: (USAGE, lambda error: f"查无此人,或在所选日期、所知时点尚无此人({error})。"),
    registry.NoBasis: (USAGE, lambda error: "更新须有书面依据(规程第十九条)。"),
    registry.StaleVersion: (REFUSED_BY_RULE, lambda error: f"此人信息已被他人更新(现为第 {error.found} 版),请重新核对后再办理。"),
}


class Instant(click.ParamType):
    """A day (its end) or an instant, Chongqing time."""

    name = "时点"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == 10:
                return datetime.combine(date.fromisoformat(value) + timedelta(days=1), datetime.min.time(), _HERE)
            told = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"{value} 不是日期或时间,写作 2026-11-23 或 2026-11-23T09:30:00", param, ctx)
        return told if told.tzinfo else told.replace(tzinfo=_HERE)


class Day(click.ParamType):
    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} 不是日期,写作 2026-11-23", param, ctx)


@click.group()
def person() -> None:
    """登记人员。"""


@person.command("show")
@click.argument("person_id", type=int)
@click.option("--on", "valid_on", type=Day(), help="哪一天的情况(默认今天)")
@click.option("--known", type=Instant(), help="按什么时候所知(默认现在);只写日期表示当日终了")
@click.option("--full", is_flag=True, help="不遮盖证件号码、电话和地址")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST)
def show(person_id: int, valid_on: date | None, known: datetime | None, full: bool, as_json: bool, actor: Actor) -> None:
    """显示一名登记人员:某一天的情况,按某一时点所知。"""
    at = now()
    on = valid_on or at.astimezone(_HERE).date()
    with explain(_SENTENCES):
        view = registry.view(person_id, valid_on=on, known_at=known or at, actor=actor, at=at, full=full)
    if as_json:
        print_json(
            {
                "person_id": person_id, "on": on, "known": known or at, "facts": view.facts, "documents": view.documents,
                "numbers": view.numbers, "enrolments": view.enrolments, "versions": view.versions,
            }
        )  # fmt: skip
        return
    say(f"人员 {person_id}:{on} 的情况,按 {(known or at).astimezone(_HERE):%Y-%m-%d %H:%M:%S} 所知")
    _print(view)


def _print(view: registry.PersonView) -> None:
    facts = [{"what": name, "value": _said(key, view.facts[key])} for key, name in FIELDS.items() if view.facts[key] not in (None, "")]
    print_table(facts, columns={"what": "项目", "value": "内容"})
    enrolments = [
        row | {"scheme": label("scheme", row["scheme"]), "state": EnrolmentState(row["state"]).label, "source": SOURCES[row["source"]]}
        for row in view.enrolments
    ]
    columns = {"scheme": "险种", "state": "参保状态", "first_enrolled_on": "首次参保", "spell_from": "本次开始", "spell_to": "本次终止"}
    columns |= {"pension_since": "待遇领取", "employer_no": "单位", "enrolment_division": "参保地", "source": "来源"}
    if enrolments:
        print_table(enrolments, columns=columns, title="参保")
    else:
        say("没有参保记录。")
    numbers = [row | {"source": SOURCES.get(row["source"], row["source"])} for row in view.numbers]
    print_table(numbers, columns={"source": "来源", "number": "社保业务编号"}, title="业务编号")
    print_table(view.documents, columns={"number": "号码", "doc_type": "类型", "sources": "来源"}, title="证件")
    columns = {"version": "版本", "valid_from": "生效", "valid_to": "失效", "known_from": "记录于", "known_to": "更正于", "basis": "依据"}
    print_table(view.versions, columns=columns, title="历次版本")


def _said(key: str, value: Any) -> str:
    match key:
        case "scope":
            return SCOPES[value]
        case "gap":
            return GAPS[value]
        case "sex":
            return label("sex", value)
        case "ethnicity":
            return label("ethnicity", value)
        case "office_path":
            return f"{office_full_name(value)}({value})"
        case _:
            return "是" if value is True else "否" if value is False else str(value)


@person.command("correct")
@click.argument("person_id", type=int)
@click.argument("changes", nargs=-1, required=True, metavar="项目=内容...")
@click.option("--from", "valid_from", type=Day(), required=True, help="从哪一天起(出生日期、性别、证件号码自始更正)")
@click.option("--basis", required=True, help="书面依据(证明的种类、编号、出具机关)")
@click.option("--version", type=int, help="核对时所见的版本,不符则拒绝")
@click.option("--approved-by", required=True, help="审批人,不得与办理人相同")
@acts_as(Role.DISTRICT_CLERK)
def correct(
    person_id: int, changes: tuple[str, ...], valid_from: date, basis: str, version: int | None, approved_by: str, actor: Actor
) -> None:
    """凭书面依据更正或变更一名登记人员的信息。"""
    if approved_by == actor.account:
        raise Stop("办理人与审批人不得为同一人。", code=REFUSED_BY_RULE)
    facts = dict(_change(change) for change in changes)
    at = now().astimezone(UTC)
    with explain(_SENTENCES):
        new = registry.correct(
            person_id, facts=facts, valid_from=valid_from, version=version,
            basis=f"{basis}(审批:{approved_by})"[:80], actor=actor, at=at,
        )  # fmt: skip
    say(f"人员 {person_id} 已更新,现为第 {new} 版。")


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    by_label = {label_: key for key, label_ in FIELDS.items()}
    key = by_label.get(name, name)
    if not equals or key not in FIELDS or key in ("scope", "gap", "office_path", "number_disputed"):
        raise Stop(f"{text}:应写作 项目=内容,项目为 {'、'.join(n for k, n in FIELDS.items() if k not in ('scope', 'gap'))}。", code=USAGE)
    if key.endswith("_date") or key.endswith("_on"):
        try:
            return key, date.fromisoformat(value) if value else None
        except ValueError:
            raise Stop(f"{name} 应为日期,写作 1980-01-31;收到 {value}。", code=USAGE) from None
    return key, value or None

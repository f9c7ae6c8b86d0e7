"""`canbao person`: one person, as it was on a day and as it was known at an instant; corrections on evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from canbao.cli.context import acts_as, approved_by, in_full, now
from canbao.cli.labels import FIELDS, SOURCES
from canbao.cli.output import REFUSED_BY_RULE, USAGE, Stop, explain, json_option, print_json, print_table, say
from canbao.cli.words import TABLES, in_words
from canbao.rules.codes import ANY_SOURCE, codes, mapping, raw_key
from canbao.rules.enrolment import EnrolmentState
from canbao.rules.period import HERE, day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import access, registry, showing

_WORKED_OUT = ("scope", "gap", "office_path", "number_disputed")
_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    registry.NotFound: (USAGE, lambda error: f"没有编号为 {error} 的登记人员,或其登记已终结。"),
    registry.NoBasis: (USAGE, lambda error: "更新须有书面依据(规程第十九条)。"),
    registry.StaleVersion: (
        REFUSED_BY_RULE,
        lambda error: (
            f"此人信息已被他人更新(现为第 {error.found} 版)。请用 canbao person show 重新核对,再以新的 --version 办理。"
        ),
    ),
}


class Instant(click.ParamType[datetime]):
    """A day (its end) or an instant, Chongqing time."""

    name = "时点"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == 10:
                return datetime.combine(date.fromisoformat(value) + timedelta(days=1), datetime.min.time(), HERE)
            told = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"{value} 不是日期或时间,写作 2026-11-23 或 2026-11-23T09:30:00", param, ctx)
        return told if told.tzinfo else told.replace(tzinfo=HERE)


class Day(click.ParamType[date]):
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
    """查看、更正登记人员。"""


@person.command("show")
@click.argument("person_id", type=int, metavar="人员编号")
@click.option("--on", "valid_on", type=Day(), help="参保状况日期(默认今天)")
@click.option("--known", type=Instant(), help="按什么时候所知,重庆时间(默认现在);只写日期表示当日终了")
@click.option("--full", is_flag=True, help="不隐藏证件号码、电话和地址")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST, need=Permission.PERSON_VIEW)
def show(
    person_id: int, valid_on: date | None, known: datetime | None, full: bool, as_json: bool, actor: Actor
) -> None:
    """显示一名登记人员:某一天的情况,按某一时点所知。"""
    at = now()
    on = valid_on or day_of(at)
    nobody = (USAGE, lambda error: _not_found(person_id, valid_on, known))
    reader = in_full(actor, Role.MUNICIPAL_APPROVER) if full else actor
    with explain(_SENTENCES | {registry.NotFound: nobody, access.NotFound: nobody}):
        shown = showing.show(person_id, valid_on=on, known_at=known or at, actor=reader, at=at, full=full)
    if as_json:
        view = shown.plain
        print_json(
            {
                "person_id": person_id, "on": on, "known": known or at, "facts": view.facts, "documents": view.documents,
                "numbers": view.numbers, "enrolments": view.enrolments, "versions": view.versions,
                "merged_into": view.merged_into,
            }
        )  # fmt: skip
        return
    say(f"人员 {person_id}:{on} 的情况,按 {(known or at).astimezone(HERE):%Y-%m-%d %H:%M:%S}(重庆时间)所知")
    if shown.merged_into:
        say(_merged(person_id, shown.merged_into))
    _print(shown, on)
    if not full:
        say("证件号码、电话和地址已隐藏一部分;因办理业务须看全部内容时加 --full,查看均留有记录。")


def _not_found(person_id: int, valid_on: date | None, known: datetime | None) -> str:
    if into := registry.merged_into(person_id):
        return _merged(person_id, into) + ";合并以前的情况可用 --on 指定日期查看。"
    if valid_on or known:
        return f"人员 {person_id} 在所选日期还没有登记,或在所选时点还不为所知。请换一个 --on 或 --known。"
    return f"没有编号为 {person_id} 的登记人员,或其登记已终结。已终结的可用 --on 指定以前的日期查看。"


def _merged(person_id: int, into: int) -> str:
    return f"人员 {person_id} 已并入 人员 {into}。查看现在的登记信息:canbao person show {into}"


def _print(shown: showing.PersonShown, on: date) -> None:
    facts = [{"what": one.label, "value": one.text} for one in shown.facts.values() if one.text]
    print_table(facts, columns={"what": "项目", "value": "内容"})
    _print_enrolments(shown.plain, on)
    listed = {"source": "所在名单", "from_on": "起始或死亡", "until_on": "终止", "remark": "学校、地点等"}
    if shown.listed:
        print_table(shown.listed, columns=listed, title="说明为何未参保的名单")
    numbers = [row | {"number": row["number"].text} for row in map(dict, shown.numbers)]
    print_table(numbers, columns={"source": "来源", "number": "社保业务编号"}, title="业务编号")
    documents = [row | {name: row[name].text for name in ("number", "doc_type")} for row in map(dict, shown.documents)]
    print_table(documents, columns={"number": "号码", "doc_type": "类型", "sources": "来源"}, title="证件")
    columns = {
        "version": "版本",
        "valid_from": "生效",
        "valid_to": "失效",
        "known_from": "记录于",
        "known_to": "更正于",
        "basis": "依据",
    }
    print_table(shown.versions, columns=columns, title="历次版本(重庆时间)")


def _print_enrolments(view: registry.PersonView, on: date) -> None:
    rows = [
        row
        | {
            "scheme": in_words("scheme", row["scheme"], on=on),
            "state": EnrolmentState(row["state"]).label,
            "enrolment_division": in_words("enrolment_division", row["enrolment_division"], on=on),
            "source": SOURCES[row["source"]],
        }
        for row in view.enrolments
    ]
    columns = {
        "scheme": "险种",
        "state": "参保状态",
        "first_enrolled_on": "首次参保",
        "spell_from": "本次开始",
        "spell_to": "本次终止",
        "pension_since": "待遇领取",
        "employer_no": "单位",
        "enrolment_division": "参保地",
        "source": "来源",
    }
    if rows:
        print_table(rows, columns=columns, title="参保")
    else:
        say("没有参保记录。")


@person.command("correct")
@click.argument("person_id", type=int, metavar="人员编号")
@click.argument("changes", nargs=-1, required=True, metavar="项目=内容...")
@click.option("--from", "valid_from", type=Day(), required=True, help="从哪一天起(出生日期、性别、证件号码自始更正)")
@click.option("--basis", required=True, metavar="依据", help="书面依据(证明的种类、编号、出具机关)")
@click.option("--version", type=int, metavar="版本", help="核对时所见的版本;其间有人更新过则拒绝")
@acts_as(Role.DISTRICT_CLERK)
@approved_by(Role.DISTRICT_APPROVER)
def correct(
    person_id: int,
    changes: tuple[str, ...],
    valid_from: date,
    basis: str,
    version: int | None,
    actor: Actor,
    approver: Actor,
) -> None:
    """凭书面依据更正或变更一名登记人员的信息,例如 姓名=张三 性别=男。"""
    facts = dict(_change(change) for change in changes)
    at = now().astimezone(UTC)
    nobody = (USAGE, lambda error: _not_found(person_id, None, None))
    with explain(_SENTENCES | {access.NotFound: nobody}):
        for one in (actor, approver):
            registry.standing(person_id, actor=one)
        new = registry.correct(
            person_id, facts=facts, valid_from=valid_from, version=version,
            basis=f"{basis}(审批:{approver.account})"[:80], actor=actor, at=at,
        )  # fmt: skip
    say(f"人员 {person_id} 已更新,现为第 {new} 版。")


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    by_label = {label_: key for key, label_ in FIELDS.items()}
    key = by_label.get(name, name)
    if not equals or key not in FIELDS or key in _WORKED_OUT:
        names = "、".join(name for field, name in FIELDS.items() if field not in _WORKED_OUT)
        raise Stop(f"{text}:应写作 项目=内容,例如 姓名=张三。可更正的项目:{names}。", code=USAGE)
    if key in TABLES and value:
        return key, _code(TABLES[key], name, value)
    if key.endswith(("_date", "_on")):
        try:
            return key, date.fromisoformat(value) if value else None
        except ValueError:
            raise Stop(f"{name} 应为日期,写作 1980-01-31;收到 {value}。", code=USAGE) from None
    return key, value or None


def _code(table: str, name: str, value: str) -> str:
    """A clerk writes the word or the code."""
    try:
        return mapping(table, ANY_SOURCE)[raw_key(value)]
    except KeyError:
        choices = "、".join(f"{code.label}({code.code})" for code in codes(table)[:20])
        raise Stop(f"{name}没有“{value}”这一项,可写:{choices}等。", code=USAGE) from None

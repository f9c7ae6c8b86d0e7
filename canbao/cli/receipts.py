"""What was received, waits or was refused, as tables and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from canbao.cli.labels import KINDS, SOURCES, STATES
from canbao.cli.output import print_json, print_table, say
from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake as service
from canbao.services.intake import Receipt

FIGURES = {
    "accepted": "接受",
    "unchanged": "未变",
    "quarantined": "暂存",
    "rejected": "退回",
    "new": "新增",
    "changed": "变动",
    "ended": "终止",
}


def show_list(rows: Sequence[Mapping[str, Any]]) -> None:
    """Every delivery with its batch."""
    columns = {
        "delivery": "报送",
        "batch": "批次",
        "source": "来源",
        "kind": "种类",
        "as_of": "数据日期",
        "rows": "行数",
    }
    columns |= {"status": "状态"} | FIGURES
    if any(row["refusal"] for row in rows):
        columns |= {"refusal": "拒收原因"}
    print_table([_line(row) | row["counts"] for row in rows], columns=columns)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Identifiers are text, codes are words."""
    numbers = {name: str(row[name] or "") for name in ("delivery", "batch") if name in row}
    words = {"source": SOURCES.get(row["source"], row["source"]), "kind": KINDS.get(row["kind"], row["kind"])}
    return {**row, **numbers, **words, "status": STATES[row["status"]]}


def show_receipts(receipts: list[Receipt], refusals: list[DeliveryRefused], as_json: bool) -> None:
    rows = [
        {
            "batch": receipt.batch.pk,
            "source": receipt.delivery.source,
            "kind": receipt.delivery.kind,
            "as_of": receipt.delivery.as_of,
            "rows": receipt.delivery.rows,
            "status": str(receipt.batch.status),
            "known": receipt.known,
            "replaced": receipt.replaced,
            "unlisted": receipt.unlisted,
            "warnings": receipt.batch.warnings,
        }
        | receipt.batch.counts
        for receipt in receipts
    ]
    if as_json:
        print_json(
            {"received": rows, "refused": [{"code": r.code, "file": r.file, "why": r.sentence} for r in refusals]}
        )
        return
    columns = {"batch": "批次", "source": "来源", "kind": "种类", "as_of": "数据日期", "rows": "行数"} | FIGURES
    if new := [_line(row) for row in rows if not row["known"]]:
        print_table(new, columns=columns)
    for receipt in receipts:
        _remark(receipt)
    if any(row["status"] == "PREPARED" for row in rows):
        say("核对预览:canbao intake preview 批次;无误后由另一人提交:canbao intake commit --all --as 账户")


def _remark(receipt: Receipt) -> None:
    batch = receipt.batch
    if receipt.unlisted:
        say(f"注意:文件夹里的 {'、'.join(receipt.unlisted)} 不在清单里,没有接收。应当接收的,请报送部门更正清单。")
    if receipt.known:
        say(
            f"{SOURCES[receipt.delivery.source]} {receipt.delivery.as_of}:这份数据已接收过,什么都没有改变。"
            f"批次 {batch.pk} {STATES[batch.status]}{_NEXT[batch.status].format(batch.pk)}"
        )
        return
    for number in receipt.replaced:
        say(f"注意:批次 {number} 是同一来源、同一日期的全量数据,尚未提交,已由批次 {batch.pk} 替代,不能再提交。")
    for one in service.preview(batch.pk)["warnings"]:
        if ":" in one["warning"]:  # of one column: its sender can do something about it
            say(f"提示:{one['label']}:{one['rows']:,} 行。")
    for file in receipt.delivery.files:
        if file["mended"]:
            found = "、".join(f"{character} {times} 处" for character, times in file["mended"].items())
            say(f"{file['name']}:按 GB 18030-2022 更正了旧码位的字:{found}")
        if file["hidden_sheets"]:
            say(f"{file['name']}:隐藏的工作表没有读:{'、'.join(file['hidden_sheets'])}")
        if file["unknown_columns"]:
            say(f"{file['name']}:不认识的列已原样保留:{'、'.join(file['unknown_columns'])}")
    for path in service.preview(batch.pk)["errors"]:
        say(f"退回和暂存的行:{path}(怎样更正、送回:canbao intake errors {batch.pk})")
    if batch.breakers:
        say(held(batch.pk, batch.breakers))


_NEXT = {
    "PREPARED": ",核对后由另一人提交:canbao intake commit {} --as 账户",
    "HELD": ",须核实后由两个人放行:canbao intake preview {}",
    "COMMITTED": ",不必再办。",
}


def changes(counts: Mapping[str, int]) -> str:
    """新增 3、变动 2、终止 1."""
    return "、".join(f"{FIGURES[name]} {counts.get(name, 0):,}" for name in ("new", "changed", "ended"))


def preview_changed(error: service.PreviewChanged) -> str:
    return (
        f"批次 {error.batch_id} 没有提交:预览之后该来源的数据又有提交,重新比较的结果是{changes(error.after)},"
        f"而预览时是{changes(error.before)}。请再看一遍:canbao intake preview {error.batch_id},无误后再提交。"
    )


def held(batch_id: int, breakers: list[dict[str, str]]) -> str:
    causes = ";".join(f"{one['label']}({one['found']},上限 {one['limit']})" for one in breakers)
    return (
        f"批次 {batch_id} 已被拦截:{causes}。请向报送部门核实;属实的,由接收人以外的两个人各放行一次:"
        f'canbao intake approve {batch_id} --reason "核实情况" --as 账户(提交的人须不是接收人和第一放行人)'
    )


def show_preview(seen: Mapping[str, Any]) -> None:
    """What a batch would change."""
    kind = KINDS[seen["kind"]]
    heading = f"批次 {seen['batch']} · {seen['title']} · {kind} · {seen['as_of']} · {STATES[seen['status']]}"
    print_table([seen["counts"]], columns=FIGURES, title=heading)
    figures = {name: label for name, label in FIGURES.items() if name != "accepted"}
    print_table(seen["districts"], columns={"district": "区划", "name": "区县"} | figures, title="按区县")
    if seen["changed_fields"]:
        print_table(seen["changed_fields"], columns={"label": "字段", "records": "变动的记录"}, title="按字段")
    if seen["warnings"]:
        print_table(seen["warnings"], columns={"label": "提示", "rows": "行数"}, title="提示(不影响接收)")
    if seen["conflicts"]:
        print_table(seen["conflicts"], columns={"label": "矛盾", "count": "数量"}, title="矛盾(比对后逐一判定)")
    if seen["errors"]:
        say(f"退回和暂存的行:canbao intake errors {seen['batch']}")
    if seen["breakers"] and seen["status"] == "HELD":
        say(held(seen["batch"], seen["breakers"]))
        if seen["released_by"]:
            say(f"{seen['released_by'][0]} 已放行,还须另一人放行。")
    elif seen["breakers"] and seen["released_by"]:
        causes = ";".join(f"{one['label']}({one['found']},上限 {one['limit']})" for one in seen["breakers"])
        say(f"曾被拦截:{causes}。已由 {'、'.join(seen['released_by'])} 放行。")

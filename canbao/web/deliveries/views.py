"""What can be seen of deliveries, batches and runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.http import FileResponse, HttpResponse
from django.shortcuts import render

from canbao.rules.labels import BANDS, CASES, DEPARTMENTS, GAPS, LEFT_OUT, LIST_HEADS, RULES, SCOPES, SOURCES
from canbao.rules.match_labels import Outcome
from canbao.rules.matching import EXPLAINING
from canbao.rules.permissions import Permission, allows
from canbao.rules.stages import STEPS
from canbao.rules.wording import in_words
from canbao.services import audit, intake, matching
from canbao.web.request import PageRequest, now, row_number, today

VERDICTS = {"accepted": "接受", "unchanged": "未变", "quarantined": "暂存", "rejected": "退回"}
FIGURES = {
    "new": "新增",
    "changed": "变动",
    "ended": "终止",
    "unchanged": "未变",
    "quarantined": "暂存",
    "rejected": "退回",
}
STATUSES = {"PREPARED": "待提交", "HELD": "已拦截", "COMMITTED": "已提交", "REVERSED": "已撤销", "REPLACED": "已被替代"}
TONES = {"PREPARED": "wait", "HELD": "bad", "COMMITTED": "ok", "REVERSED": "plain", "REPLACED": "plain",
         "RECEIVING": "wait", "RECEIVED": "ok", "REFUSED": "bad", "RUNNING": "look", "APPLIED": "ok", "FAILED": "bad",
         "RETRACTED": "plain"}  # fmt: skip
WRITTEN = {
    "person": "人员",
    "enrolment": "参保",
    "person_document": "证件",
    "business_number": "业务编号",
    "listed_spell": "名单记录",
}


_LONGEST_WANTED = 60
_NO_HEADS = ("", "", "")  # of a list that explains nothing: it has no rows of nobody


def deliveries(request: PageRequest) -> HttpResponse:
    after, source, status = (request.GET.get(name, "") for name in ("after", "source", "status"))
    lines, more = intake.deliveries(
        actor=request.acting, after=row_number(after),
        source=source if source in DEPARTMENTS else "", status=status if status in STATUSES else "",
    )  # fmt: skip
    names = audit.real_names({line["delivery"].received_by for line in lines})
    for line in lines:
        line["received_name"] = names.get(line["delivery"].received_by, line["delivery"].received_by)
        state = line["batch"].status if line["batch"] else line["delivery"].state
        line["tone"] = TONES.get(state, "plain")
    return render(request, "deliveries/deliveries.html", {
        "sources": intake.sources(actor=request.acting, on=today()), "lines": lines, "after": more or None,
        "all_sources": DEPARTMENTS, "statuses": STATUSES, "source": source, "status": status,
        "may_receive": _may(request, Permission.DELIVERY_RECEIVE),
    })  # fmt: skip


def batch(request: PageRequest, batch_id: int) -> HttpResponse:
    return render(request, "deliveries/batch.html", {"batch": described(request, batch_id)})


def described(request: PageRequest, batch_id: int) -> dict[str, Any]:
    """A batch with the words for it and what this post may do to it."""
    seen = intake.look(batch_id, actor=request.acting)
    row = seen["row"]
    mine = request.acting.account
    names = audit.real_names(
        {row.prepared_by, row.released_first_by, row.released_second_by, row.committed_by, row.reversed_by, seen["received_by"]}
    )  # fmt: skip
    touched = mine in (row.prepared_by, row.released_first_by)
    return seen | {
        "tone": TONES.get(seen["status"], "plain"),
        "verdicts": shares({label: seen["counts"].get(name, 0) for name, label in VERDICTS.items()}, VERDICTS),
        "adds_up": sum(seen["counts"].get(name, 0) for name in VERDICTS) == seen["rows"],
        "outcomes": (outcomes := _outcomes(request, row)),
        "outcomes_in": None if outcomes else _newer(request, row),
        "may_see_nobody": _may(request, Permission.DELIVERY_ERRORS),
        "figures": [(label, seen["counts"].get(name, 0)) for name, label in FIGURES.items()],
        "district_rows": [
            (one["name"], one["district"], [one.get(name, 0) for name in FIGURES]) for one in seen["districts"]
        ],
        "heads": list(FIGURES.values()),
        "without_book": 2 * sum(name.endswith(".xlsx") for name in seen["error_names"]) < len(seen["error_names"]),
        "most_in_a_book": intake.MOST_IN_A_BOOK,
        "may_take_errors": _may(request, Permission.DELIVERY_ERRORS),
        "can_release": seen["status"] == "HELD" and _may(request, Permission.DELIVERY_RELEASE) and not touched,
        "can_commit": seen["status"] == "PREPARED" and _may(request, Permission.DELIVERY_COMMIT) and not touched,
        "can_reverse": seen["status"] == "COMMITTED" and _may(request, Permission.DELIVERY_REVERSE),
        "is_own": touched and seen["status"] in ("HELD", "PREPARED"),
        "events": _events(row, names),
        "received_name": names.get(seen["received_by"], seen["received_by"]),
        "committed_name": names.get(row.committed_by, row.committed_by),
        "released_names": [names.get(name, name) for name in seen["released_by"]],
    }


def nobody(request: PageRequest, batch_id: int) -> HttpResponse:
    """The rows of an explaining list that are about nobody in the register."""
    after = row_number(request.GET.get("after", ""))
    wanted = " ".join(request.GET.get("wanted", "").split())[:_LONGEST_WANTED]
    page = matching.rows_of_nobody(batch_id, after=after, wanted=wanted, actor=request.acting, at=now())
    seen = intake.look(batch_id, actor=request.acting)
    rows = [{name: in_words(name, value, on=today()) for name, value in row.items()} for row in page.rows]
    return render(request, "deliveries/nobody.html", {
        "batch": seen, "rows": rows, "after": page.after or None, "total": page.total, "wanted": wanted,
        "parts": range(1, matching.parts_of_nobody(page.total) + 1),
        "heads": LIST_HEADS.get(seen["row"].delivery.source, _NO_HEADS), "pages": f"第 {after + 1:,} 至 {after + len(rows):,} 行，共 {page.total:,} 行",
    })  # fmt: skip


def nobody_file(request: PageRequest, batch_id: int) -> HttpResponse:
    """All of them, or a part where they are many, for the department, to be corrected there."""
    name, file = matching.file_of_nobody(
        batch_id, part=row_number(request.GET.get("part", "1")), actor=request.acting, at=now()
    )
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=name))


def _newer(request: PageRequest, batch: Any) -> int | None:
    """The batch that says what became of the list now, for an earlier one that was taken in before it."""
    if batch.delivery.source not in EXPLAINING or batch.status != "COMMITTED":
        return None
    states = intake.sources(actor=request.acting, on=today())
    current = next((state.batch for state in states if state.code == batch.delivery.source), None)
    return current if current != batch.pk else None


def _outcomes(request: PageRequest, batch: Any) -> dict[str, Any] | None:
    found = matching.outcomes_of(batch.pk, actor=request.acting)
    if found is None:
        return None
    rows = {outcome.label: found.rows[outcome] for outcome in Outcome}
    return {"shares": shares(rows, {o.value: o.label for o in Outcome}), "total": found.total, "run": found.run_id,
            "adds_up": found.total == batch.state_rows,
            "nobody": found.rows[Outcome.NOBODY]}  # fmt: skip


def errors(request: PageRequest, batch_id: int, file_name: str) -> HttpResponse:
    path = intake.error_file_of(batch_id, file_name, actor=request.acting, at=now())
    return cast(
        HttpResponse, FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    )  # routes ask for one; a stream is its sibling


def runs(request: PageRequest) -> HttpResponse:
    found = intake.runs(actor=request.acting, after=row_number(request.GET.get("after", "")))
    names = audit.real_names({one.started_by for one in found})
    return render(request, "deliveries/runs.html", {
        "runs": [(one, TONES.get(one.state, "plain"), names.get(one.started_by, one.started_by)) for one in found],
        "after": found[-1].pk if len(found) == 50 else None,
        "last": next((one for one in found if one.state == "APPLIED"), None), "may_start": _may(request, Permission.MATCH_RUN),
    })  # fmt: skip


def run(request: PageRequest, run_id: int) -> HttpResponse:
    found = intake.run(run_id, actor=request.acting)
    counts = found.counts
    bands = dict.fromkeys(BANDS.values(), 0)
    for one in counts.get("links", []):
        bands[BANDS[one["band"]]] += one["records"]
    return render(request, "deliveries/run.html", {
        "run": found, "started_name": audit.real_names({found.started_by}).get(found.started_by, found.started_by),
        "tone": TONES.get(found.state, "plain"), "bands": shares(bands, BANDS), "band_names": list(BANDS.values()),
        "rules": _crossed(counts.get("links", []), ("rule", "band", "records"), RULES, BANDS),
        "people": _crossed(counts.get("people", []), ("scope", "gap", "people"), SCOPES, GAPS), "gaps": list(GAPS.values()),
        "cases": [(CASES.get(kind, kind), number) for kind, number in counts.get("cases", {}).items()],
        "written": [(label, *(counts.get(verb, {}).get(name, 0) for verb in ("new", "changed", "ended"))) for name, label in WRITTEN.items()],
        "sources": [(SOURCES.get(name, name), one.get("batch")) for name, one in found.inputs.get("sources", {}).items()],
        "left_out": _left_out(counts.get("left_out") or {}),
        "lists": [(SOURCES[source], [rows.get(o, 0) for o in Outcome], sum(rows.values())) for source, rows in counts.get("lists", {}).items()],
        "outcomes": [o.label for o in Outcome],
        "seconds": [(label, counts["seconds"][name]) for name, label in STEPS.items() if name in counts.get("seconds", {})],
    })  # fmt: skip


def _left_out(found: dict[str, Any]) -> dict[str, Any] | None:
    """Values the register cannot hold: by source, row as the sender sees it, and column."""
    rows = [
        (SOURCES[one["source"]], one["file"], one["row"], one["column"], LEFT_OUT[one["reason"]], one["is_row_out"])
        for one in found.get("shown", ())
    ]
    return {"rows": rows, "count": found["rows"]} if rows else None


def shares(figures: dict[str, int], codes: dict[str, str]) -> list[dict[str, Any]]:
    """For a bar of 1000: where each figure begins and how long it is."""
    total, start, made = sum(figures.values()), 0.0, []
    for code, label in codes.items():
        width = figures[label] * 1000 / total if total else 0.0
        share = figures[label] * 100 / total if total else 0.0
        made.append({"code": code, "label": label, "count": figures[label], "x": f"{start:.2f}", "width": f"{width:.2f}",
                     "share": f"{share:.1f}%"})  # fmt: skip
        start += width
    return made


def _crossed(
    rows: list[dict[str, Any]], keys: tuple[str, str, str], names: dict[str, str], across: dict[str, str]
) -> list[Any]:
    """A list of counts as lines with a column for each value of the second key, and their sum."""
    down, over, figure = keys
    lines: dict[str, dict[str, int]] = {}
    for row in rows:
        line = lines.setdefault(row[down], dict.fromkeys(across, 0))
        line[row[over]] += row[figure]
    return [(names[key], list(lines[key].values()), sum(lines[key].values())) for key in names if key in lines]


def _events(row: Any, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The course of a batch."""
    reasons = [*row.release_reasons, "", ""]
    steps = (
        (row.prepared_at, "接收并生成预览", row.prepared_by, "", "plain"),
        (row.released_first_at, "第一人放行", row.released_first_by, reasons[0], "wait"),
        (row.released_second_at, "第二人放行", row.released_second_by, reasons[1], "wait"),
        (row.committed_at, "提交", row.committed_by, "", "ok"),
        (row.reversed_at, "撤销", row.reversed_by, row.reverse_reason, "bad"),
    )
    return [
        {"at": at, "title": f"{what}：{names.get(who, who)}", "text": text, "tone": tone}
        for at, what, who, text, tone in steps
        if at
    ]


def _may(request: PageRequest, *needs: Permission) -> bool:
    return any(allows(request.acting.role, need) for need in needs)

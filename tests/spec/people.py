"""People of the specs, written as cells of a table; the schemes by the codes that the business systems use."""

from __future__ import annotations

from datetime import date

from canbao.rules.circumstances import Circumstances, Occupation, Origin
from canbao.rules.codes import Scheme

SHORT = {
    "110": Scheme.EMPLOYEE_PENSION,
    "310": Scheme.EMPLOYEE_MEDICAL,
    "210": Scheme.UNEMPLOYMENT,
    "410": Scheme.WORK_INJURY,
    "510": Scheme.MATERNITY,
    "170": Scheme.RESIDENT_PENSION,
    "390": Scheme.RESIDENT_MEDICAL,
    "120": Scheme.PUBLIC_SECTOR_PENSION,
}
TODAY = date(2026, 11, 24)


def schemes(text: str) -> frozenset[Scheme]:
    """The schemes of a cell: codes between spaces."""
    return frozenset(SHORT[code] for code in text.split())


def codes(found: object) -> str:
    """Schemes as a cell, in the order of the form."""
    assert isinstance(found, (tuple, list, set, frozenset))
    return " ".join(code for code, scheme in SHORT.items() if scheme in found)


def day(text: str) -> date | None:
    """A day of a cell; a month is its first day."""
    return date.fromisoformat(text if len(text) > 7 else f"{text}-01") if text else None


def person(row: dict[str, str]) -> Circumstances:
    """Somebody as a row tells; columns that are missing are as for a man of this city born in 1990 without work or insurance."""
    cell = {"work": "N03", "born": "1990-01-01", "sex": "1", "from": "LOCAL"} | row
    retired = schemes(cell.get("retired from", ""))
    by_employer, alone = schemes(cell.get("by employer", "")), schemes(cell.get("alone", ""))
    return Circumstances(
        occupation=Occupation(cell["work"]),
        born=day(cell["born"]),
        sex=cell["sex"],
        origin=Origin(cell["from"] or "LOCAL"),
        resident=cell.get("lives here") == "yes",
        newborn=cell.get("newborn") == "yes",
        active=by_employer | alone | (retired if cell.get("paid", "yes") == "yes" else frozenset()),
        by_employer=by_employer,
        stopped=schemes(cell.get("stopped", "")),
        retired_from=retired,
        drawing=bool(retired) and cell.get("paid", "yes") == "yes",
        since=day(cell.get("since", "")),
        elsewhere=schemes(cell.get("elsewhere", "")),
        joined_on=day(cell.get("joined", "")),
        declared=cell.get("declared") == "yes",
    )

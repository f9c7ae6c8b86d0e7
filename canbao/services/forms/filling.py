"""What stands in the boxes of the form: the register's rows of one person in the words of the annex."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from canbao.rules.division import BadDivisionCode, Level, UnknownDivision, load_tree
from canbao.rules.enrolment import ACTIVE
from canbao.rules.forms import known_occupation, known_reason
from canbao.rules.offices import UnknownOffice, office_name
from canbao.services.forms.letter import letter_data
from canbao.services.letters import Told
from canbao.services.registry import PersonView
from canbao.services.showing import Insurance, fact
from canbao.services.showing.facts import Clear

Data = dict[str, Any]
_CARD_MADE = {True: "是", False: "否", None: ""}
_TOWN = 15  # length of the path of a town's office, which stamps the form
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}", re.ASCII)


@dataclass(frozen=True)
class Known:
    """Everything the register says for one form. clear: what is printed in full."""

    view: PersonView
    insurances: Sequence[Insurance]
    cards: Sequence[Mapping[str, Any]]
    office: str
    on: date
    clear: Clear
    told: Told

    def text(self, name: str, value: Any = None, *, item: str = "") -> str:
        """A fact in words, hidden unless it is printed in full."""
        shown = self.view.facts.get(name) if value is None else value
        return fact(name, shown, on=self.on, clear=self.clear, item=item).text


def blank() -> Data:
    """The form with nothing in it: what is filled in by hand, for somebody the register does not know."""
    empty = dict.fromkeys(("first", "state", "capacity", "employer", "place"), "")
    return {
        **dict.fromkeys(("number", "printed", "qr", "office", "name", "sex", "ethnicity", "birth", "doc_type", "doc_number",
                         "hukou_type", "number_employee", "number_resident", "card_no", "card_made", "hukou", "work_in",
                         "work_out", "mobile", "qq", "mail"), ""),
        "masked": False, "insurances": [empty] * 8, "letter": letter_data(None), "day": ["", "", ""], "ticks": [],
        "home": dict.fromkeys(("province", "city", "district", "town", "village", "rest"), ""),
        "post": {"address": "", "code": ""}, "landline": ["", ""],
    }  # fmt: skip


def filled(known: Known) -> Data:
    """The form of one person; number, code and who printed it are added by the print."""
    return blank() | _front(known) | _back(known)


def filled_of_found(facts: Mapping[str, Any], *, office: str, on: date, clear: Clear) -> Data:
    """The form of somebody met at a door and not registered yet: what the visitor wrote down, the rest is filled in by hand."""
    text = {
        name: fact(name, facts.get(name), on=on, clear=clear).text
        for name in (
            "name",
            "sex",
            "ethnicity",
            "birth_date",
            "doc_type",
            "doc_number",
            "hukou_address",
            "home_address",
        )
    }
    mobile = fact("phone", facts.get("phone") or "", on=on, clear=clear).text
    return blank() | {
        "office": _stamp(office),
        **{name: text[name] for name in ("name", "ethnicity", "doc_type", "doc_number")},
        "sex": text["sex"].removesuffix("性"),
        "birth": text["birth_date"],
        "hukou": text["hukou_address"],
        "home": dict.fromkeys(("province", "city", "district", "town", "village"), "") | {"rest": text["home_address"]},
        "mobile": mobile,
        "day": [str(on.year), str(on.month), str(on.day)],
    }


def _front(known: Known) -> Data:
    card = known.cards[0] if known.cards else {}
    return {
        "office": _stamp(known.office),
        **{name: known.text(name) for name in ("name", "ethnicity", "doc_type", "doc_number", "hukou_type")},
        "sex": known.text("sex").removesuffix("性"),
        "birth": known.text("birth_date"),
        "number_employee": _numbers(known, "employee"),
        "number_resident": _numbers(known, "resident_pension", "resident_medical"),
        "card_no": known.text("card_no", card.get("card_no") or "", item="cards"),
        "card_made": _CARD_MADE[_made(card)],
        "hukou": known.text("hukou_address") or _place(known.view.facts.get("hukou_division"), known.on),
        "insurances": [_insurance(one) for one in known.insurances],
        "letter": letter_data(known.told.letter),
        "day": [str(known.on.year), str(known.on.month), str(known.on.day)],
    }


def _stamp(path: str) -> str:
    try:
        return office_name(path[:_TOWN])
    except UnknownOffice:
        return ""


def _numbers(known: Known, *sources: str) -> str:
    held = [row["number"] for source in sources for row in known.view.numbers if row["source"] == source]
    return "、".join(known.text("number", number, item="numbers") for number in dict.fromkeys(held))


def _made(card: Mapping[str, Any]) -> bool | None:
    """A card that is in use, lost or cancelled was made; of one that nobody reported nothing is known."""
    if card.get("made") is not None or card.get("card_status") is None:
        return card.get("made")
    return bool(card["card_status"] != "0")


def _bare(place: str) -> str:
    """A place without the code that stands behind it on screen."""
    return re.sub(r"[(（]\d+[)）]$", "", place)


def _insurance(one: Insurance) -> Data:
    return {
        "first": one.first_on.isoformat() if one.first_on else "",
        "state": one.state.label,
        "capacity": one.capacity,
        "employer": one.employer,
        "place": _bare(one.place),
    }


def _back(known: Known) -> Data:
    facts = known.view.facts
    working = [one for one in known.insurances if one.state in ACTIVE]
    occupation = known_occupation(known.told.occupation, declared=known.told.person.declared)
    reason = known_reason(
        gap=facts["gap"], scope=facts["scope"], hukou_status=facts["hukou_status"], death_on=facts["death_on"]
    )
    mobile, landline = _phones(known, facts.get("phone") or "")
    at_work = next((one.place for one in working if one.employer), "")
    declared = known.view.declared
    reason = declared.get("reason_not_enrolled") or reason
    away = declared.get("away_schemes") or ""
    return {
        "ticks": [*occupation, *filter(None, away.split(",")), *([f"R{reason}"] if reason else [])],
        "work_in": declared.get("work_in") or (_bare(at_work) if "IN" in occupation else ""),
        "work_out": declared.get("work_out") or "",
        "home": _home(known),
        "post": {"address": known.text("post_address", declared.get("post_address") or "", item="home_address"),
                 "code": declared.get("post_code") or ""},
        "mobile": mobile,
        "landline": _landline(known, declared.get("landline") or "") if declared.get("landline") else landline,
        "qq": known.text("qq", declared.get("qq") or "", item="phone"),
        "mail": known.text("email", declared.get("email") or "", item="phone"),
    }  # fmt: skip


def _phones(known: Known, phones: str) -> tuple[str, list[str]]:
    """The first of each kind; what is neither stands as a telephone without an area code."""
    parts = [part for part in re.split(r"[、，,;；/\s]+", phones) if part]
    mobile = next((part for part in parts if _MOBILE.fullmatch(part)), "")
    fixed = next((part for part in parts if not _MOBILE.fullmatch(part)), "")
    return known.text("phone", mobile), _landline(known, fixed)


def _landline(known: Known, number: str) -> list[str]:
    area, dash, rest = number.partition("-")
    if not dash:
        area, rest = "", number
    return [area, known.text("phone", rest)]


def _home(known: Known) -> dict[str, str]:
    """The address in the annex's parts; what the division says is not written again before the street."""
    parts = dict.fromkeys(("province", "city", "district", "town", "village"), "")
    parts |= _levels(known.view.facts.get("home_division"), known.on)
    rest = known.text("home_address")
    for name in (parts["province"], *_districts(known), parts["town"], parts["village"]):
        rest = rest.lstrip().removeprefix(name)
    return parts | {"rest": rest}


def _districts(known: Known) -> list[str]:
    """What the district is called now, and what its area was called before or after a change of divisions."""
    code = known.view.facts.get("home_division") or ""
    return [*_ever_called(code[:6]), _levels(code, known.on).get("district", "")]


@cache
def _ever_called(code: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in load_tree().all_versions() if one.code == code))


_PARTS = {Level.CITY: "province", Level.DISTRICT: "district", Level.TOWN: "town", Level.VILLAGE: "village"}


def _levels(code: str | None, on: date) -> dict[str, str]:
    """The names of a division and of those above it, by the part of the address they are."""
    found: dict[str, str] = {}
    try:
        while code:
            division = load_tree().at(code, on)
            found[_PARTS[division.level]] = division.name
            code = division.parent
    except (BadDivisionCode, UnknownDivision):
        pass
    return found


def _place(code: str | None, on: date) -> str:
    levels = _levels(code, on)
    return "".join(levels.get(part, "") for part in _PARTS.values())


def printed_line(account: str, at: datetime) -> str:
    """What stands at the foot of the sheet: who printed it, when."""
    return f"{account} {at:%Y-%m-%d %H:%M} 打印"

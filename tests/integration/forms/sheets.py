"""Filled forms for the typesetter: of an invented person, with everything that can stand on one."""

from __future__ import annotations

from typing import Any

from canbao.outside.printing import qr
from canbao.rules.forms import code_text, form_number
from canbao.services.forms import blank

RARE = "㛃䶮𠅤𬎆𫖯𪟝"


def sheet(serial: int = 1, **facts: Any) -> dict[str, Any]:
    """One form of somebody who works and lacks two insurances."""
    number = form_number(2026, serial)
    paid = {
        "first": "2009-03-01", "state": "参保缴费", "capacity": "企业职工", "place": "渝中区",
        "employer": "重庆市某某某机械制造有限责任公司第三分公司",
    }  # fmt: skip
    nothing = dict.fromkeys(paid, "") | {"state": "未参保"}
    return blank() | {
        "number": number, "qr": qr(code_text(number)), "printed": "li 2026-11-24 10:00 打印",
        "office": "七星岗街道社会保障服务所", "name": f"张{RARE}", "sex": "男", "ethnicity": "汉族", "birth": "1980-01-01",
        "doc_type": "居民身份证（户口簿）", "doc_number": "500901198001010012", "hukou_type": "本地非农业户口（本地城镇）",
        "number_employee": "2300009871", "card_no": "A00987654321", "card_made": "是",
        "hukou": "重庆市渝中区七星岗街道人民路188号3-4", "insurances": [paid] * 3 + [nothing] * 5,
        "letter": blank()["letter"] | {"lines": ["insured", "owed"], "insured": "失业保险", "owed": "工伤保险、生育保险"},
        "day": ["2026", "11", "24"], "ticks": ["1", "IN", "E01", "R12"], "work_in": "渝中区",
        "home": {"province": "重庆市", "city": "", "district": "渝中区", "town": "七星岗街道", "village": "人民路社区",
                 "rest": "人民路188号3-4"},
        "mobile": "13900000456", "landline": ["023", "67901234"],
    } | facts  # fmt: skip

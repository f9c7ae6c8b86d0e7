"""What the grantable items are called."""

from __future__ import annotations

FIELD_LABELS: dict[str, str] = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "doc_number": "证件号码",
    "hukou_division": "户籍地区划",
    "hukou_type": "户口性质",
    "home_division": "现居住地区划",
    "death_on": "死亡日期",
    "scope": "登记范围",
    "gap": "参保缺口",
    "phone": "联系电话",
    "hukou_address": "户籍地址",
    "home_address": "现居住地址",
    "enrolments": "参保情况",
}

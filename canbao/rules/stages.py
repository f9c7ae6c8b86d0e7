"""What the stages of a matching run are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STEPS: Final[Mapping[str, str]] = {
    "entries": "读取各来源数据",
    "units": "按证件号码归集",
    "candidates": "查找可能的同一人",
    "weighing": "权衡证据",
    "resolving": "确定归并",
    "explaining": "认定名单所说的人",
    "links": "沿用原有人员编号",
    "wanted": "按来源优先级形成登记信息",
    "cases": "整理疑点",
    "person": "写入人员",
    "person_document": "写入证件",
    "business_number": "写入业务编号",
    "enrolment": "写入参保",
    "listed_spell": "写入名单记录",
    "plain": "写入单位、户、卡",
    "index": "建立索引",
    "casebook": "写入疑点",
}

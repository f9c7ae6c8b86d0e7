"""What can be done in the background, who may ask for it, and whether it can be stopped half-way without harm."""

from __future__ import annotations

from enum import StrEnum

from canbao.rules.permissions import Permission


class Kind(StrEnum):
    """The value is the name of the task that does it."""

    RECEIVE = "receive"
    COMMIT = "commit"
    REVERSE = "reverse"
    MATCH = "match"
    EXPORT_CASES = "export_cases"
    SURVEY_BUILD = "survey_build"
    PRINT_FORMS = "print_forms"
    PRINT_LIST = "print_list"
    BULLETIN = "bulletin"
    CASE_BULK = "case_bulk"
    CASE_BULK_UNDO = "case_bulk_undo"

    @property
    def label(self) -> str:
        return _KINDS[self][0]

    @property
    def need(self) -> Permission:
        return _KINDS[self][1]

    @property
    def cancellable(self) -> bool:
        """Until its last step everything it did can be thrown away."""
        return _KINDS[self][2]


_KINDS: dict[Kind, tuple[str, Permission, bool]] = {
    Kind.RECEIVE: ("接收报送数据", Permission.DELIVERY_RECEIVE, True),
    Kind.COMMIT: ("提交批次", Permission.DELIVERY_COMMIT, False),
    Kind.REVERSE: ("撤销批次", Permission.DELIVERY_REVERSE, False),
    Kind.MATCH: ("信息比对", Permission.MATCH_RUN, True),
    Kind.SURVEY_BUILD: ("生成走访名单", Permission.SURVEY_OPEN, True),
    Kind.PRINT_FORMS: ("成批打印登记表", Permission.SURVEY_PRINT, True),
    Kind.PRINT_LIST: ("打印走访名单", Permission.SURVEY_PRINT, True),
    Kind.BULLETIN: ("导出进度通报", Permission.SURVEY_EXPORT, True),
    Kind.CASE_BULK: ("成批判定疑点", Permission.CASE_DECIDE_BULK, False),
    Kind.CASE_BULK_UNDO: ("撤销成批判定", Permission.CASE_DECIDE_BULK, False),
    Kind.EXPORT_CASES: ("导出疑点清单", Permission.MATCH_EXPORT, True),
}

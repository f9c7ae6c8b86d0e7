"""Eight invented people, as every program of `files/programs` was given them; see docs/how-to/try-real-programs.md."""

from __future__ import annotations

from datetime import date, datetime, time

SOURCE = "police"
TEXTS = ("户籍人员编号", "公民身份号码", "姓名", "曾用名", "户号", "户籍区划", "户籍地址", "户籍状态")
HEADER = (
    "户籍人员编号",
    "公民身份号码",
    "姓名",
    "曾用名",
    "性别",
    "出生日期",
    "户号",
    "户籍区划",
    "户籍地址",
    "户籍状态",
    "迁入日期",
)
_NAMES = ("张建国", "欧阳镕镕", "阿依古丽·买买提", "王𫖯", "李淑芬", "刘一", "陈小明", "赵铁柱")
# Summers of 1986 to 1991 had daylight saving, 1927 has another offset of Shanghai: a time zone goes wrong there first.
_BORN = tuple(map(date.fromisoformat, (
    "1955-11-21", "1987-07-15", "2001-01-01", "1990-08-08", "1927-06-30", "1900-02-28", "2016-02-29", "1969-12-31",
)))  # fmt: skip


def people() -> list[dict[str, str | int | date | datetime | None]]:
    """Texts, a whole number, a date, a time at midnight, and nothing."""
    return [
        {
            "户籍人员编号": f"00{number:05d}",
            "公民身份号码": f"500901{born:%Y%m%d}{number:03d}X",
            "姓名": name,
            "曾用名": "旧名" if number == 3 else None,
            "性别": 1 + number % 2,
            "出生日期": born,
            "户号": f"0050{number:08d}" if number != 2 else None,
            "户籍区划": "500112015",
            "户籍地址": '悦来街道1-2号,"甲"栋' if number == 5 else f"悦来街道{number}号",
            "户籍状态": "正常",
            "迁入日期": datetime.combine(date(2010, 7, number), time()) if number % 2 else None,
        }
        for number, (name, born) in enumerate(zip(_NAMES, _BORN, strict=True), start=1)
    ]

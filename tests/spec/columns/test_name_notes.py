"""Shapes of real names are names as they stand; what people write beside them is not."""

from __future__ import annotations

import pytest

from canbao.rules.cells import Cell, Reading
from canbao.rules.name_checks import Names, NoName, are_names, no_name

REAL = """
张伟 王芳 欧阳修 司马相如 上官婉儿 张王李明 冉茂林 刘阿斗 马二娃 李一 王十一 丁丁 向前 关注 黄重复生 户晓明 本一郎 贺新郎
买买提·艾力 阿卜杜热合曼·吾买尔江·买买提 阿依古丽 古丽·巴哈尔 迪丽热巴.迪力木拉提 尼玛 洛桑扎西次仁 拉巴卓玛 索朗·达瓦 才让多杰措毛
吉克阿牛木 阿苦伍呷 沙马拉且 莫色伍各·阿呷 岩温扁 玉香罕 刀安禄 那顺巴雅尔 乌日根·达来 金·正男 李·约翰 玛利亚(MARIA) 约翰（JOHN）
王芳之子 张伟之女二 张伟之女2 新生儿 𠮷田㐂 䶮琳 李□ 刘? 曌 于丹 单于 江死水
"""  # fmt: skip
FOREIGN = (
    "SMITH (JOHN)",
    "JOHN SMITH (2)",
    "O'BRIEN, PAT",
    "GARCÍA MÁRQUEZ",
    "Đặng Thị Ngọc",
    "JEAN-LUC",
    "김철수",
    "Иван Петров",
)


@pytest.mark.parametrize("name", [*REAL.split(), *FOREIGN])
def test_a_real_name_is_kept_and_nothing_is_told(name: str) -> None:
    assert Reading("name").read(name) == Cell(name)


@pytest.mark.parametrize(
    "name", ["张三（已死亡）", "张三 13512345679", "张三、李四", "张三注销", "01张三", "张三（500901）"]
)
def test_of_a_former_name_a_note_is_told_and_the_row_taken(name: str) -> None:
    assert Reading("former_name").read(name) == Cell(told=NoName.NOTE)


def test_notes_do_not_say_that_a_file_was_read_wrongly() -> None:
    names = ["张三（已死亡）"] * 5 + ["张伟"] * 20
    held = [reason for reason in map(no_name, names) if reason]
    assert held == [NoName.NOTE] * 5 and are_names(Names(len(names), 0, 0))

"""The keys of a register are the ones it was made with: a lost key is not made anew, another key is not used.

Key check values stand in the home (`key_check.json`) and in the database (`key_check`). A start compares both, so that neither a
home that was restored without its key nor a database beside the wrong home goes unnoticed until a paper does not open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Final

import psycopg

from canbao.config.home import KEY_FILES, KeyLostError, holds_data
from canbao.store.sealed import PURPOSES, check_value

FILE: Final = "key_check.json"
# Which keys are derived from which file.
DERIVED: Final[Mapping[str, tuple[str, ...]]] = {"secret_key": PURPOSES, "anchor_key": ("anchors",)}


class KeyChangedError(Exception):
    """A key is not the one that the register was made with."""

    def __init__(self, files: Iterable[str], *, where: str) -> None:
        self.files = sorted(set(files))
        self.where = where
        super().__init__(*self.files)


def sentence(error: KeyLostError | KeyChangedError, home: Path) -> str:
    """What is wrong and how to restore it, for the operator."""
    files = "、".join(error.files)
    what = f"{home} 中缺少密钥文件 {files}。" if isinstance(error, KeyLostError) else _changed(error, home)
    copies = "\n".join(f"  install -m 600 <备份目录>/{name} {home / name}" for name in error.files)
    return (
        f"{what}\n没有原来的密钥,已收存的材料和双因素密钥都打不开,因此不会另建新的密钥,也不能启动。"
        f"请从备份恢复后再试(见 docs/operate/backup.md):\n{copies}"
    )


def _changed(error: KeyChangedError, home: Path) -> str:
    other = "数据库" if error.where == "database" else FILE
    return f"{home} 中的 {'、'.join(error.files)} 不是这个登记库的密钥(与{other}中的校验值不符)。"


def check_home(home: Path) -> None:
    """Compare the keys in the home with what the home notes about them. Raises KeyLostError, KeyChangedError."""
    if not holds_data(home):
        return
    if lost := [name for name in KEY_FILES if not (home / name).exists()]:
        raise KeyLostError(lost)
    if _is_anchored(home) and not (home / "anchor_key").exists():
        raise KeyLostError(["anchor_key"])
    _compare(home, _noted(home), where="home")


def check_database(home: Path, connection: psycopg.Connection) -> None:
    """Compare them with what the database notes, then note in both the keys that are new.

    Raises KeyLostError, KeyChangedError.
    """
    known = connection.execute("select pg_catalog.to_regclass('public.key_check') is not null").fetchone()
    if not known or not known[0]:
        return
    rows: list[tuple[str, str]] = connection.execute("select name, value from public.key_check").fetchall()
    noted = dict(rows)
    _compare(home, noted, where="database")
    _note(home, connection, noted.keys())


def _note(home: Path, connection: psycopg.Connection, there: Set[str]) -> None:
    made = values(home)
    for name in sorted(made.keys() - there):
        connection.execute(
            "insert into public.key_check (name, value, recorded_at) values (%s, %s, now()) on conflict do nothing",
            [name, made[name]],
        )
    if not made.keys() <= (at_home := _noted(home)).keys():
        _write(home / FILE, made | at_home)


def values(home: Path) -> dict[str, str]:
    """The check value of every key there is, by file and purpose."""
    return {
        f"{name}/{purpose}": check_value(text, purpose)
        for name, purposes in DERIVED.items()
        if (text := _read(home / name))
        for purpose in purposes
    }


def _compare(home: Path, noted: Mapping[str, str], *, where: str) -> None:
    made = values(home)
    if lost := {name.partition("/")[0] for name in noted.keys() - made.keys()}:
        raise KeyLostError(lost)
    if other := [name.partition("/")[0] for name, value in noted.items() if made[name] != value]:
        raise KeyChangedError(other, where=where)


def _is_anchored(home: Path) -> bool:
    kept = home / "anchors" / "anchors.jsonl"
    return kept.exists() and kept.stat().st_size > 0


def _noted(home: Path) -> dict[str, str]:
    path = home / FILE
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _read(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _write(path: Path, noted: Mapping[str, str]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with part.open("w") as file:
        json.dump(noted, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

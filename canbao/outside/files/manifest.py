"""What a delivery says it is, and whether its files agree."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from canbao.outside.files.names import is_plain, shown
from canbao.outside.files.opening import opened
from canbao.outside.files.refusal import DeliveryRefused

NAME: Final = "manifest.json"
DATA_FILES: Final = (".csv", ".txt", ".gz", ".xlsx", ".ods", ".parquet")
LONGEST: Final = 1024 * 1024  # bytes of a manifest
MOST_FILES: Final = 1_000
MOST_ROWS: Final = 10**10
_BAD_NAME: Final = (
    "有一个文件的名字不能用：过长，以点开头，或含有 * ? [ ] 和看不见的字符。请改名（清单里同样更正）后再送。"
)
_SOURCE: Final = re.compile(r"[a-z][a-z_]{0,39}")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
KINDS: Final = ("full", "delta")


@dataclass(frozen=True)
class ListedFile:
    """One file of a delivery; rows and digest None when nobody stated them."""

    path: Path
    rows: int | None = None
    sm3: str | None = None

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Manifest:
    """A delivery as announced; `unlisted` are the data files that lie beside it and are not part of it."""

    folder: Path
    source: str
    kind: str
    as_of: date
    files: tuple[ListedFile, ...]
    unlisted: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        files = [{"name": file.name, "rows": file.rows, "sm3": file.sm3} for file in self.files]
        return {"source": self.source, "kind": self.kind, "as_of": self.as_of.isoformat(), "files": files}


def read(folder: Path, *, sources: frozenset[str]) -> Manifest:
    """The manifest of a delivery folder.

    Raises DeliveryRefused when it cannot be read or names what does not exist.
    """
    data = _parsed(_content(folder / NAME))
    if not isinstance(data, dict):
        raise _refused("MANIFEST:SHAPE", f"清单 {NAME} 里没有 files（文件清单）。")
    try:
        return _announced_in(folder, data, sources)
    except DeliveryRefused as refusal:
        refusal.stated = _stated(data)
        raise


def _content(path: Path) -> bytes:
    with opened(path) as handle:
        content = os.read(handle, LONGEST + 1)
    if len(content) > LONGEST:
        raise _refused("MANIFEST:TOO_LARGE", f"清单 {NAME} 超过 {LONGEST // 1024 // 1024} MB，不是清单。")
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except DeliveryRefused:
        raise
    except json.JSONDecodeError as error:
        raise _refused(
            "MANIFEST:UNREADABLE",
            f"清单 {NAME} 第 {error.lineno} 行第 {error.colno} 个字起写得不对或不完整，请报送部门重新生成后再送。",
        ) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, numbers of thousands of digits, brackets in brackets
        raise _refused(
            "MANIFEST:UNREADABLE", f"清单 {NAME} 读不出来（应为 UTF-8 编码的 JSON），请报送部门重新发送。"
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _refused("MANIFEST:SHAPE", f"清单 {NAME} 里有一项写了两次，分不清哪一个算数。请报送部门更正后重新发送。")
    return found


def _announced_in(folder: Path, data: dict[str, Any], sources: frozenset[str]) -> Manifest:
    if not isinstance(data.get("files"), list) or not data["files"]:
        raise _refused("MANIFEST:SHAPE", f"清单 {NAME} 里没有 files（文件清单）。")
    if len(data["files"]) > MOST_FILES:
        raise _refused("MANIFEST:SHAPE", f"清单 {NAME} 里的文件超过 {MOST_FILES} 个。请分成几份报送。")
    made = announced(
        folder,
        source=str(data.get("source", "")),
        kind=str(data.get("kind", "")),
        as_of=str(data.get("as_of", "")),
        files=tuple(_listed(folder, entry) for entry in data["files"]),
        sources=sources,
    )
    return replace(made, unlisted=_unlisted(made))


def _stated(data: dict[str, Any]) -> tuple[str, str, date] | None:
    """What can be listed of a manifest that is refused: a source that is at least the name of one."""
    source, kind = data.get("source"), data.get("kind")
    if not isinstance(source, str) or not _SOURCE.fullmatch(source) or kind not in KINDS:
        return None
    try:
        return source, str(kind), _day(str(data.get("as_of", "")))
    except DeliveryRefused:
        return None


def _unlisted(manifest: Manifest) -> tuple[str, ...]:
    listed = {file.path for file in manifest.files}
    beside = (path for path in sorted(manifest.folder.iterdir()) if path.suffix.lower() in DATA_FILES)
    return tuple(path.name for path in beside if path not in listed and is_plain(path.name) and path.is_file())


def announced(
    folder: Path, *, source: str, kind: str, as_of: str, files: tuple[ListedFile, ...], sources: frozenset[str]
) -> Manifest:
    """A manifest from its parts, checked.

    Raises DeliveryRefused for an unknown source or kind, a bad date or name, a missing file or one named twice.
    """
    if source not in sources:
        known = "、".join(sorted(sources))
        raise _refused("MANIFEST:SOURCE", f"清单里的来源 source 是“{shown(source)}”，系统只认：{known}。")
    if kind not in KINDS:
        raise _refused("MANIFEST:KIND", f"清单里的 kind 是“{shown(kind)}”，应为 full（全量）或 delta（增量）。")
    for file in files:
        if not is_plain(file.name):
            raise _refused("MANIFEST:FILE_NAME", _BAD_NAME)
        if not file.path.is_file():
            raise _refused(
                "MANIFEST:FILE_MISSING", f"清单列出的文件 {file.name} 不在报送文件夹里，请报送部门补送。", file.name
            )
    if len({file.name for file in files}) != len(files):
        raise _refused("MANIFEST:FILE_TWICE", "清单里同一个文件列了两次。")
    return Manifest(folder, source, kind, _day(as_of), files)


def check_day(manifest: Manifest, today: date) -> None:
    """Raises DeliveryRefused for data of a day that has not come yet."""
    if manifest.as_of > today:
        raise _refused(
            "MANIFEST:FUTURE",
            f"数据日期 {manifest.as_of} 还没有到（今天是 {today}），请与报送部门核对日期后再送。",
        )


def check_digest(file: ListedFile, found: str) -> None:
    """Raises DeliveryRefused when the file is not the one that was announced."""
    if file.sm3 and file.sm3.strip().lower() != found:
        raise _refused(
            "MANIFEST:DIGEST",
            f"文件 {file.name} 与清单不符：清单的 SM3 是 {file.sm3}，实际是 {found}。"
            "文件在传送中损坏或之后被改动，请报送部门重新发送文件和清单。",
            file.name,
        )


def check_rows(file: ListedFile, found: int) -> None:
    """Raises DeliveryRefused when the file has more or fewer rows than announced."""
    if file.rows is not None and file.rows != found:
        raise _refused(
            "MANIFEST:ROWS",
            f"文件 {file.name} 与清单不符：清单写 {file.rows} 行，实际 {found} 行。请报送部门核对后重新发送。",
            file.name,
        )


def _listed(folder: Path, entry: Any) -> ListedFile:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise _refused("MANIFEST:SHAPE", "清单 files 里有一项没有文件名 name。")
    name, rows, sm3 = entry["name"], entry.get("rows"), entry.get("sm3")
    if "/" in name or "\\" in name or name in (".", ".."):
        raise _refused("MANIFEST:FILE_OUTSIDE", "清单里有一个文件名带有路径，指到了清单所在文件夹之外。请只写文件名。")
    if not is_plain(name):
        raise _refused("MANIFEST:FILE_NAME", _BAD_NAME)
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or not 0 <= rows <= MOST_ROWS):
        raise _refused("MANIFEST:SHAPE", f"清单里 {name} 的行数 rows 不是整数。", name)
    if sm3 and not (isinstance(sm3, str) and _DIGEST.fullmatch(sm3.strip())):
        raise _refused("MANIFEST:SHAPE", f"清单里 {name} 的摘要 sm3 不是 64 位十六进制数。", name)
    return ListedFile(folder / name, rows, sm3.strip() if sm3 else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("MANIFEST:DATE", "清单里的日期 as_of 不是日期，应写成 2026-10-31 这样。") from None


def _refused(code: str, sentence: str, file: str = "") -> DeliveryRefused:
    return DeliveryRefused(code, sentence, file=file)

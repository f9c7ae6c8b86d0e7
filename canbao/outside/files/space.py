"""Room on the disk: a file of others never fills it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from canbao.outside.files.refusal import DeliveryRefused

_MOST_RESERVED: Final = 2 * 2**30
_SHARE_RESERVED: Final = 0.05


def check_space(folder: Path, *, wanted: int, name: str) -> None:
    """Raises DeliveryRefused where `wanted` bytes more would leave less than 5 % of the disk, or 2 GiB, free."""
    total, _, free = shutil.disk_usage(folder)
    if free - wanted < min(_MOST_RESERVED, total * _SHARE_RESERVED):
        raise DeliveryRefused(
            "DISK:FULL",
            f"服务器磁盘空间不足，没有接收文件 {name}。请告知系统管理员清理或扩容后再接收。",
            file=name,
        )

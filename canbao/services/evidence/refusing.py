"""Why a paper is not taken in or not shown, and the line that says so: what was tried stays on record whatever becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from canbao.outside import papers, viruses
from canbao.rules.roles import Actor
from canbao.services import audit


class FileRefusedError(Exception):
    """Something is wrong with one of the files; nothing of the paper was kept. name: of the file; label: why, for the journal."""

    label: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class BadFile(FileRefusedError):
    """One file cannot be taken; its cause says why."""


class SameTwice(FileRefusedError):
    """Two of the files say the same."""

    label = "两个文件内容相同"


class TookTooLongError(FileRefusedError):
    """The time for all files of the paper was over at this one."""

    label = "全部文件打开、查毒的时间超出限度"


class PausedError(Exception):
    """The account's last papers were far too heavy. until: when the next may be tried."""

    label: ClassVar[str] = "此前的材料超出限度，暂停收存、查看"

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


_HEAVY = (papers.TooHeavyError, TookTooLongError)
_ON_RECORD = (papers.NotAPaper, viruses.Infected, viruses.NotScanned, SameTwice, PausedError, *_HEAVY)


def note(error: Exception, target_kind: str, target_id: str, *, area: str, actor: Actor, at: datetime) -> None:
    """Record an attempt that was refused. What is too heavy is an event of its own, which is counted (`turns`)."""
    why = error.__cause__ if isinstance(error, BadFile) else error
    if not isinstance(why, _ON_RECORD):
        return
    event = audit.Event.EVIDENCE_TOO_HEAVY if isinstance(why, _HEAVY) else audit.Event.EVIDENCE_REFUSED
    audit.record_look(
        event, actor=actor, at=at, target_kind=target_kind, target_id=target_id, area=area, detail={"reason": why.label}
    )

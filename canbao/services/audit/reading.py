"""The journal as people read it: who (with name, post, office), when and what, in one Chinese sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from canbao.rules.masking import scrub
from canbao.rules.offices import UnknownOffice, office_full_name
from canbao.rules.permissions import NotAllowed, Permission, allows
from canbao.rules.roles import BY_THE_CLOCK, Actor, Role
from canbao.rules.wording import basis_in_words
from canbao.services.audit.entry_text import printable
from canbao.services.audit.presenters import sentence
from canbao.store.models.account import Account
from canbao.store.models.journal import JournalEntry

_LOGINS = {"canbao_web": "网页程序", "canbao_worker": "后台程序和命令"}


class OnlyPart(Exception):
    """Only a city's auditor reads the whole journal; to any other, what is out of sight would look deleted."""


@dataclass(frozen=True)
class Told:
    """One entry in words. who: real name and account; what: the act without who and when."""

    id: int
    at: datetime
    event: str
    account: str
    who: str
    role: str
    office: str
    what: str
    basis: str
    target_kind: str
    target_id: str
    terminal: str
    request: str
    login: str

    @property
    def sentence(self) -> str:
        """All of it: when, office, post, who, what."""
        return f"{timezone.localtime(self.at):%Y年%m月%d日 %H:%M:%S}，{self.office}{self.role}{self.who}：{self.what}"


def require(actor: Actor, need: Permission) -> None:
    """Raises NotAllowed."""
    if not allows(actor.role, need):
        raise NotAllowed(need)


def tell(entries: Iterable[JournalEntry]) -> list[Told]:
    """Entries in words, with one look for all the names."""
    kept: Sequence[JournalEntry] = list(entries)
    names = real_names({entry.account for entry in kept})
    return [_told(entry, names) for entry in kept]


def real_names(accounts: Iterable[str]) -> dict[str, str]:
    """The real name of each account that has one; the system's own accounts have none."""
    return dict(Account.objects.filter(name__in=set(accounts)).values_list("name", "real_name"))


def office_words(path: str) -> str:
    """The office's full name, or its path where no office ever had it."""
    try:
        return office_full_name(path)
    except UnknownOffice:
        return path


def role_words(role: str) -> str:
    return Role(role).label if role in Role.__members__ else role


def told_by_id(numbers: list[int]) -> dict[int, tuple[datetime, str]]:
    """When and what the entries with these numbers say today."""
    return {told.id: (told.at, told.sentence) for told in tell(JournalEntry.objects.filter(pk__in=numbers))}


def last_doers(event: str, target_kind: str, targets: list[str]) -> dict[str, str]:
    """Whose account did this last, by target."""
    rows = JournalEntry.objects.filter(target_kind=target_kind, target_id__in=targets, event=event)
    return dict(rows.order_by("target_id", "-at", "-pk").distinct("target_id").values_list("target_id", "account"))


def _told(entry: JournalEntry, names: dict[str, str]) -> Told:
    name, account = names.get(entry.account), printable(entry.account)
    return Told(
        id=entry.pk,
        at=entry.at,
        event=entry.event,
        account=account,
        who=f"{name}（{account}）" if name else account,
        role="" if entry.account == BY_THE_CLOCK else printable(role_words(entry.role)),
        office=printable(office_words(entry.office)),
        what=sentence(entry.event, target_id=entry.target_id, detail=entry.detail),
        basis=printable(scrub(basis_in_words(entry.basis))),
        target_kind=printable(entry.target_kind),
        target_id=printable(entry.target_id),
        terminal=printable(entry.terminal),
        request=printable(entry.request),
        login=f"{_LOGINS.get(entry.login, printable(entry.login))}（会话 {entry.backend}）",
    )

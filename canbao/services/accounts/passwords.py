"""Passwords: what a new one must be, changing one's own, and one-time passwords for accounts made at the machine."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare

from canbao.rules.passwords import Owner, Weakness, weaknesses
from canbao.rules.policy import parameter
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.accounts import policy, sessions
from canbao.store.models import Account, PasswordUsed

# Without signs that are mistaken for each other when read from paper.
_LETTERS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "#%+=?@")
ONE_TIME_LENGTH = 14


class WrongPassword(ValueError):
    """The present password was not the one typed."""


class TooWeak(ValueError):
    """`problems`: what is wrong with the new password, as (code, numbers) for the door to say."""

    def __init__(self, problems: list[ValidationError]) -> None:
        super().__init__([problem.code for problem in problems])
        self.problems = problems


class Strength:
    """A validator in settings.AUTH_PASSWORD_VALIDATORS: length, classes, names, runs."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raises ValidationError with one error for each weakness."""
        rules = policy.current()
        owner = Owner(user.name, user.real_name) if user else Owner("", "")
        found = weaknesses(password, owner=owner, length=rules["password_length"], kinds=rules["password_classes"])
        if found:
            raise ValidationError([ValidationError(say(weakness, rules), code=weakness.value) for weakness in found])

    def get_help_text(self) -> str:
        rules = policy.current()
        return f"至少 {rules['password_length']} 个字符，含大写、小写、数字、符号中的 {rules['password_classes']} 种。"


class NotUsedBefore:
    """A validator in settings.AUTH_PASSWORD_VALIDATORS: none of the last passwords of the account."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raises ValidationError."""
        kept = policy.value("password_history")
        if user and user.pk and _was_used(user, password, kept):
            raise ValidationError(f"不得与最近 {kept} 次用过的密码相同。", code="USED_BEFORE")

    def get_help_text(self) -> str:
        return "不得与最近用过的密码相同。"


def say(weakness: Weakness, rules: Mapping[str, int]) -> str:
    """What is wrong, and what would be right."""
    return {
        Weakness.TOO_SHORT: f"密码至少 {rules['password_length']} 个字符。",
        Weakness.TOO_FEW_CLASSES: f"大写字母、小写字母、数字、符号四种中，至少要有 {rules['password_classes']} 种。",
        Weakness.HAS_ACCOUNT_NAME: "密码不得包含账号名。",
        Weakness.HAS_REAL_NAME: "密码不得包含本人姓名或其拼音。",
        Weakness.RUN: "密码不得有连续四个相同或依次相连的字符（如 1234、aaaa）。",
    }[weakness]


def is_due(account: Account, rules: Mapping[str, int], at: datetime) -> bool:
    """Whether the account has to change its password before anything else."""
    if account.must_change_password or account.password_set_at is None:
        return True
    return at >= account.password_set_at + timedelta(days=rules["password_days"])


def is_expired_one_time(account: Account, rules: Mapping[str, int], at: datetime) -> bool:
    """A one-time password nobody used in time."""
    given = account.password_set_at
    return account.must_change_password and (given is None or at >= given + timedelta(hours=rules["one_time_hours"]))


@transaction.atomic
def change_own(account: Account, *, old: str, new: str, actor: Actor, at: datetime, keep: str = "") -> None:
    """Change one's own password; every other session of the account ends (`keep`: the key of this one).

    Raises WrongPassword, TooWeak.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not account.check_password(old):
        raise WrongPassword
    check_new(account, new)
    set_chosen(account, new, at=at, keep=keep)
    audit.record(audit.Event.PASSWORD_CHANGED, actor=actor, at=at, target_kind="account", target_id=account.name)


def check_new(account: Account, new: str) -> None:
    """Raises TooWeak."""
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise TooWeak(error.error_list) from error


def set_chosen(account: Account, new: str, *, at: datetime, keep: str = "") -> None:
    """A password that its holder chose; the sessions end. Part of an act that writes the journal."""
    account.must_change_password = False
    _set(account, new, at)
    sessions.end_all(account.pk, why=sessions.Ended.PASSWORD, at=at, keep=keep)


@transaction.atomic
def give_one_time(account: Account, *, at: datetime) -> str:
    """A password for the first sign-in, where nobody could grant another way; ends the sessions. The caller writes the journal."""
    while True:
        text = _random_password()
        try:
            Strength().validate(text, account)
        except ValidationError:
            continue  # contains the name by chance, or a run
        break
    account.must_change_password = True
    _set(account, text, at)
    sessions.end_all(account.pk, why=sessions.Ended.PASSWORD, at=at)
    return text


def _set(account: Account, text: str, at: datetime) -> None:
    """No journal: part of an act that writes it."""
    account.set_password(text)
    account.password_set_at = at
    account.save(update_fields=["password", "password_set_at", "must_change_password"])
    PasswordUsed.objects.create(account=account, hash=make_password(text, salt=_salt(account)), used_at=at)
    longest = parameter("password_history").strictest
    kept = PasswordUsed.objects.filter(account=account).order_by("-used_at", "-pk").values("pk")[:longest]
    PasswordUsed.objects.filter(account=account).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def _was_used(account: Account, text: str, kept: int) -> bool:
    """One hashing for all old passwords that share today's hasher and the account's salt, one each for the others."""
    again = make_password(text, salt=_salt(account))
    rows = PasswordUsed.objects.filter(account=account).order_by("-used_at", "-pk").values_list("hash", flat=True)
    return any(
        constant_time_compare(again, row) if _settings_of(row) == _settings_of(again) else check_password(text, row)
        for row in rows[:kept]
    )


def _settings_of(encoded: str) -> str:
    return encoded.rpartition("$")[0]


def _salt(account: Account) -> str:
    digest = Hash(SM3())
    digest.update(f"password used {account.pk} {settings.SECRET_KEY}".encode())
    return digest.finalize().hex()[:32]


def _random_password() -> str:
    signs = [secrets.choice(kind) for kind in _LETTERS]
    signs += [secrets.choice("".join(_LETTERS[:3])) for _ in range(ONE_TIME_LENGTH - len(signs))]
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)

"""The security parameters in force, and their change by the security administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from canbao.rules import policy as rules
from canbao.rules.permissions import Permission
from canbao.rules.policy import Parameter
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.store.models import PolicySetting


class ReasonMissing(ValueError):
    """A change of the policy says why."""


class Unchanged(ValueError):
    """The parameter has this value already."""


@dataclass(frozen=True)
class Row:
    """A parameter as its page shows it; the last three are empty where it was never changed."""

    parameter: Parameter
    value: int
    changed_by: str = ""
    changed_at: datetime | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        return self.parameter.say(self.value)

    @property
    def standard(self) -> str:
        return self.parameter.say(self.parameter.default)

    @property
    def bounds(self) -> str:
        """How far it may go: to the strictest value, or either way where the standard leaves room."""
        has_room = self.parameter.loosest != self.parameter.default
        return self.range if has_room else self.parameter.say(self.parameter.strictest)

    @property
    def range(self) -> str:
        return f"{self.parameter.say(self.parameter.loosest)} 至 {self.parameter.say(self.parameter.strictest)}"


def current() -> Mapping[str, int]:
    """Every parameter's value in force."""
    return rules.in_force(dict(PolicySetting.objects.values_list("name", "value")))


def value(name: str) -> int:
    """Raises rules.policy.UnknownParameter."""
    rules.parameter(name)
    return current()[name]


def rows(*, actor: Actor) -> list[Row]:
    """All parameters, for the page. Raises access.NotAllowed."""
    access.require(actor, Permission.POLICY_VIEW)
    changed = {setting.name: setting for setting in PolicySetting.objects.all()}
    values = rules.in_force({name: setting.value for name, setting in changed.items()})
    return [
        _row(parameter, values[parameter.name], changed.get(parameter.name)) for parameter in rules.PARAMETERS.values()
    ]


def _row(parameter: Parameter, value: int, changed: PolicySetting | None) -> Row:
    if changed is None:
        return Row(parameter, value)
    return Row(parameter, value, changed.changed_by, changed.changed_at, changed.reason)


@transaction.atomic
def change(name: str, *, value: int, reason: str, actor: Actor, at: datetime) -> None:
    """Set a parameter, on record with what it was.

    Raises access.NotAllowed, ReasonMissing, Unchanged, rules.policy.UnknownParameter, TooLoose, TooStrict.
    """
    access.require(actor, Permission.POLICY_CHANGE)
    parameter = rules.check(name, value)
    before = current()[name]
    if not reason.strip():
        raise ReasonMissing
    if before == value:
        raise Unchanged(name)
    PolicySetting.objects.update_or_create(
        name=name,
        defaults={"value": value, "changed_by": actor.account, "changed_at": at, "reason": reason.strip()},
    )
    audit.record(
        audit.Event.POLICY_CHANGED, actor=actor, at=at, target_kind="policy", target_id=name, basis=reason.strip(),
        detail={"label": parameter.label, "before": parameter.say(before), "after": parameter.say(value)},
    )  # fmt: skip

"""What somebody tries to decide about himself is refused, and the attempt stays on record when the request is taken back."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from django.db import transaction

from canbao.rules import approval
from canbao.rules.budgets import Budget
from canbao.rules.purposes import Purpose
from canbao.rules.roles import Actor, Role
from canbao.services import accounts, budgets, clients
from canbao.store.models import ApiClient, JournalEntry
from tests.integration.looks.verbs import CLERK
from tests.structure.test_services import ROOT
from tests.worlds import AT, account, bare_account

GUARD = Actor("guo", Role.SECURITY_ADMINISTRATOR)
OWN = {"OwnAccount", "SamePerson"}  # what is raised where somebody acts on his own


def noted() -> list[tuple[str, str, str]]:
    rows = JournalEntry.objects.filter(event="OWN_ACT_REFUSED").order_by("pk")
    return [(row.account, row.target_kind, row.target_id) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_granting_what_one_asked_for_oneself_stays_on_record() -> None:
    bare_account(GUARD.account)
    lift = budgets.ask(Budget.FILES, amount=10, hours=1, reason="r", actor=replace(CLERK, account="guo"), at=AT)
    clients.register(
        name="x", department="d", basis="b", purposes=[Purpose.PERSON_ASKED], fields=["name"], office="50", quota=1,
        actor=replace(GUARD, role=Role.SYSTEM_ADMINISTRATOR), at=AT,
    )  # fmt: skip
    with transaction.atomic(), pytest.raises(approval.SamePerson):
        budgets.grant(lift.pk, actor=GUARD, at=AT)
    with transaction.atomic(), pytest.raises(approval.SamePerson):
        clients.grant(ApiClient.objects.get().pk, actor=GUARD, at=AT)
    assert noted() == [("guo", "account", "guo"), ("guo", "client", "x")]


@pytest.mark.django_db(transaction=True)
def test_disabling_ones_own_account_stays_on_record() -> None:
    system = account("xitong", Role.SYSTEM_ADMINISTRATOR, "50")
    with transaction.atomic(), pytest.raises(accounts.OwnAccount):
        accounts.disable(system.pk, reason="r", actor=Actor("xitong", Role.SYSTEM_ADMINISTRATOR), at=AT)
    assert noted() == [("xitong", "account", "xitong")]


def _raised_bare(tree: ast.AST) -> list[int]:
    """Lines that refuse one's own act without a word in the journal."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))) if name in OWN:
                found.append(node.lineno)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="approval"), attr="decide"), args=[history, *_]):
                if ast.unparse(history) != "History()":  # the first step has no maker before it
                    found.append(node.lineno)
    return found


def test_no_service_refuses_ones_own_act_without_a_line() -> None:
    assert _raised_bare(ast.parse("if x:\n    raise people.OwnAccount(name)"))
    assert _raised_bare(ast.parse("approval.decide(history, decision, by=actor, at=at)"))
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "canbao" / "services").rglob("*.py")
        if path.name != "own_acts.py"
        for line in _raised_bare(ast.parse(path.read_text()))
    }
    assert not found, sorted(found)

"""附件, 填表说明 1 and 2: who may sign the form and what has to be with it."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.signatures import SignatureProblem, signature_problem

ON = date(2026, 11, 20)
SIXTEEN_TODAY, SIXTEEN_TOMORROW = date(2010, 11, 20), date(2010, 11, 21)


@pytest.mark.parametrize(
    ("signer", "has_mandate", "born", "problem"),
    [
        ("SELF", False, SIXTEEN_TODAY, None),
        ("SELF", False, SIXTEEN_TOMORROW, SignatureProblem.CHILD_SIGNED),
        ("SELF", False, None, None),
        ("GUARDIAN", False, SIXTEEN_TOMORROW, None),
        ("AGENT", False, SIXTEEN_TODAY, SignatureProblem.NO_MANDATE),
        ("AGENT", True, SIXTEEN_TODAY, None),
        ("", False, SIXTEEN_TOMORROW, None),
    ],
)
def test_a_signature(signer: str, has_mandate: bool, born: date | None, problem: SignatureProblem | None) -> None:
    assert signature_problem(signer, has_mandate=has_mandate, birth_date=born, on=ON) is problem


def test_only_the_missing_mandate_is_an_error() -> None:
    assert [one for one in SignatureProblem if one.must] == [SignatureProblem.NO_MANDATE]

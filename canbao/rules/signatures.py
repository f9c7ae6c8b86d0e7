"""Who may sign the form, and what has to be with it (规程附件, 填表说明 1 and 2)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules.answers import Signer
from canbao.rules.article import article

OF_AGE: Final = 16  # a child below is signed for by a guardian


class SignatureProblem(StrEnum):
    """must: an error until it is mended; else something to be looked at."""

    NO_MANDATE = "NO_MANDATE"
    CHILD_SIGNED = "CHILD_SIGNED"

    @property
    def must(self) -> bool:
        return self is SignatureProblem.NO_MANDATE

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    SignatureProblem.NO_MANDATE: "代理人签名，缺委托书：收到委托书后按 4 注明，或者把委托书收存到材料。",
    SignatureProblem.CHILD_SIGNED: f"未满 {OF_AGE} 周岁由本人签名：应由监护人签名，请核实。",
}


def born_after(on: date) -> date:
    """Somebody born later is a child on this day."""
    try:
        return on.replace(year=on.year - OF_AGE)
    except ValueError:  # 29 February
        return date(on.year - OF_AGE, 2, 28)


@article(8)
def signature_problem(signer: str, *, has_mandate: bool, birth_date: date | None, on: date) -> SignatureProblem | None:
    """has_mandate: the 委托书 is with the sheet or on file."""
    if signer == Signer.AGENT and not has_mandate:
        return SignatureProblem.NO_MANDATE
    if signer == Signer.SELF and birth_date is not None and birth_date > born_after(on):
        return SignatureProblem.CHILD_SIGNED
    return None

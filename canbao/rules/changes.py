"""Which facts may be changed, and through how many hands (规程第十二条)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from canbao.rules.answers import DECLARED_ITEMS
from canbao.rules.approval import Stage
from canbao.rules.article import article

TOWN_ONLY: Final = frozenset({"name", "sex", "ethnicity", "nationality", "hukou_address", "home_address"})
TOWN_THEN_DISTRICT: Final = frozenset({"doc_type", "doc_number", "birth_date", "hukou_type", "card_account"})
# Named by no article: where somebody lives is his address, how he is reached and what he declared is less than that.
_AS_TOWN_ONLY: Final = frozenset(
    {"home_division", "hukou_division", "phone", "death_on", "hukou_status", *DECLARED_ITEMS}
)


class NotChangeable(ValueError):
    """An item that no article lets anyone change by request."""


@article(12)
def stages_for(items: Iterable[str]) -> tuple[Stage, ...]:
    """The hands a request passes: the strictest path any of its items needs. The certificate's kind goes with its number.

    Raises NotChangeable.
    """
    asked = frozenset(items)
    if not asked or asked - TOWN_ONLY - TOWN_THEN_DISTRICT - _AS_TOWN_ONLY:
        raise NotChangeable(*sorted(asked - TOWN_ONLY - TOWN_THEN_DISTRICT - _AS_TOWN_ONLY))
    return (Stage.REVIEW, Stage.APPROVAL) if asked & TOWN_THEN_DISTRICT else (Stage.REVIEW,)

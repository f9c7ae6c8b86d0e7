"""Everything the register says for some forms: files that have been opened, with employers, cards and letters beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from canbao.rules.labels import FIELDS
from canbao.rules.roles import Actor
from canbao.rules.unmasking import LISTS
from canbao.services import access, letters, showing
from canbao.services.forms.filling import Known
from canbao.services.registry import PersonView
from canbao.services.showing.facts import Clear
from canbao.store.models import Card


def clear_for(*, masked: bool, at: datetime) -> Clear:
    """What is open to the reader on his screen stays hidden on paper: paper does not close by itself."""
    return {} if masked else dict.fromkeys((*FIELDS, *LISTS), at)


def known_of(
    views: Sequence[PersonView], *, masked: bool, on: date, actor: Actor, at: datetime, office: str = ""
) -> dict[int, Known]:
    """By person, in two statements for all. office: who stamps the form, where it is not the person's own."""
    employers = showing.employers_of(row for view in views for row in view.enrolments)
    cards, clear = _cards([view.person_id for view in views], actor), clear_for(masked=masked, at=at)
    return {
        view.person_id: Known(
            view=view,
            insurances=showing.insurances_of(view.enrolments, employers=employers, on=on, known_at=at),
            cards=cards.get(view.person_id, ()),
            told=letters.told(view, on=on),
            office=office or str(view.facts["office_path"]),
            on=on,
            clear=clear,
        )
        for view in views
    }


def _cards(people: Sequence[int], actor: Actor) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    """Newest first."""
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    rows = access.within(Card.objects.filter(person_id__in=people), actor).order_by("-id")
    for row in rows.values("person_id", "card_no", "card_status", "made"):
        found[row["person_id"]].append(row)
    return found

"""A whole person as a door shows him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from canbao.rules.answers import AWAY_SCHEMES
from canbao.rules.labels import DECLARED, FIELDS, SOURCES
from canbao.rules.masking import mask_row, scrub
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.unmasking import LISTS
from canbao.rules.wording import basis_in_words, sources_in_words
from canbao.services import access, registry, unmasking
from canbao.services.registry import PersonView
from canbao.services.showing.facts import Clear, Fact, fact, facts_of


@dataclass(frozen=True)
class PersonShown:
    """plain: the same rows as codes, hidden alike, for programs. clear: what is open to the reader, and until when."""

    person_id: int
    on: date
    known_at: datetime
    facts: Mapping[str, Fact]
    documents: Sequence[Mapping[str, Any]]
    numbers: Sequence[Mapping[str, Any]]
    listed: Sequence[Mapping[str, Any]]
    versions: Sequence[Mapping[str, Any]]
    plain: PersonView
    clear: Clear = field(default_factory=dict)
    merged_into: int | None = None
    declared: Sequence[Fact] = ()
    declared_since: date | None = None
    declared_basis: str = ""


def show(
    person_id: int, *, valid_on: date, known_at: datetime, actor: Actor, at: datetime, full: bool = False
) -> PersonShown:
    """The file of one person, the look on record; what the reader has opened with a reason is not hidden.

    full: everything in the clear, for a reader who may (on record as such).
    Raises access.NotAllowed, access.NotFound, registry.NotFound.
    """
    if full:
        access.require(actor, Permission.PERSON_UNMASK)
    view = registry.view(person_id, valid_on=valid_on, known_at=known_at, actor=actor, at=at, full=full)
    clear = dict.fromkeys((*FIELDS, *LISTS), at) if full else unmasking.active(person_id, actor=actor, at=at)
    return PersonShown(
        person_id=person_id,
        on=valid_on,
        known_at=known_at,
        facts={one.name: one for one in facts_of(view.facts, FIELDS, on=valid_on, clear=clear)},
        documents=[_document(row, valid_on, clear) for row in view.documents],
        numbers=[_number(row, valid_on, clear) for row in view.numbers],
        listed=[_spell(row) for row in view.listed],
        versions=[row | {"basis": scrub(basis_in_words(row["basis"]))} for row in view.versions],
        plain=_plain(view, clear),
        clear=clear,
        merged_into=view.merged_into,
        declared=_declared(view.declared, valid_on),
        declared_since=view.declared.get("valid_from"),
        declared_basis=basis_in_words(
            view.declared.get("basis", "")
        ),  # always a form: its number says nothing of anybody
    )


def _declared(row: Mapping[str, Any], on: date) -> list[Fact]:
    """What the person declared on a form, in the form's order; what was left empty is not in it."""
    words = dict(row)
    if words.get("away_schemes"):
        words["away_schemes"] = "、".join(AWAY_SCHEMES.get(one, one) for one in row["away_schemes"].split(","))
    return [fact(name, words[name], on=on, label=label) for name, label in DECLARED.items() if words.get(name)]


def _document(row: Mapping[str, Any], on: date, clear: Clear) -> dict[str, Any]:
    return {
        "number": fact("number", row["number"], on=on, clear=clear, item="documents", label="号码"),
        "doc_type": fact("doc_type", row["doc_type"], on=on),
        "sources": sources_in_words(row["sources"]),
        "valid_from": row["valid_from"],
        "valid_to": row.get("valid_to"),
    }


def _number(row: Mapping[str, Any], on: date, clear: Clear) -> dict[str, Any]:
    return {
        "number": fact("number", row["number"], on=on, clear=clear, item="numbers", label="社保业务编号"),
        "source": SOURCES.get(row["source"], row["source"]),
        "valid_from": row["valid_from"],
    }


def _spell(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says that explains why somebody is not insured here; free text without numbers."""
    return {
        "source": SOURCES.get(row["source"], row["source"]), "from_on": row["from_on"], "until_on": row["until_on"],
        "remark": scrub(row["remark"] or ""), "valid_from": row["valid_from"],
    }  # fmt: skip


def _plain(view: PersonView, clear: Clear) -> PersonView:
    """Rows for programs; what is open there is open here."""

    def rows(table: str, found: Sequence[dict[str, Any]], item: str = "") -> list[dict[str, Any]]:
        open_ = frozenset({"number"}) if item in clear else frozenset()
        return [mask_row(row, clear=open_, table=table) for row in found]

    return PersonView(
        person_id=view.person_id,
        facts=mask_row(view.facts, clear=frozenset(clear), table="person"),
        documents=rows("person_document", view.documents, "documents"),
        numbers=rows("business_number", view.numbers, "numbers"),
        enrolments=rows("enrolment", view.enrolments),
        listed=rows("listed_spell", view.listed),
        versions=rows("person", view.versions),
        declared=mask_row(view.declared, table="declaration"),
        merged_into=view.merged_into,
    )

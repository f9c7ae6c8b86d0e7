"""Every column of every table says what it tells about somebody."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import models

from canbao.rules.privacy import ASIDE, PRIVACY, Kind, Level, privacy_of
from tests.structure.test_stairs import ROOT

MODELS = list(apps.get_app_config("store").get_models())
# About people of the register, without an area column, for a reason.
WITHOUT_AREA = {"journal": "read by the actor's office or the person's: policies of its own in grants.sql"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_says_what_it_tells(model: type[models.Model]) -> None:
    for field in model._meta.concrete_fields:
        privacy_of(field.name, model._meta.db_table)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_personal_columns_stand_behind_row_security(model: type[models.Model]) -> None:
    table = model._meta.db_table
    if table in ASIDE or table in WITHOUT_AREA:
        return
    names = {field.name for field in model._meta.concrete_fields}
    personal = {name for name in names if privacy_of(name, table).level is not Level.PUBLIC}
    assert not personal or "office_path" in names, f"{table} tells of people and has no area"


def test_nothing_is_declared_that_does_not_exist() -> None:
    tables = {model._meta.db_table: {f.name for f in model._meta.concrete_fields} for model in MODELS}
    stale = {table: sorted(columns - tables.get(table, set())) for table, columns in ASIDE.items()}
    assert {table: columns for table, columns in stale.items() if columns} == {}
    plain = {name for table, names in tables.items() if table not in ASIDE for name in names}
    shown_only = {"person_no", "why", "extra"}  # fields of source records and of acts, no columns of ours
    assert {name for name in PRIVACY if "." not in name} - plain - shown_only == set()
    for name in (name for name in PRIVACY if "." in name):
        table, _, column = name.partition(".")
        assert column in tables[table], name


def test_whatever_could_be_typed_at_a_counter_is_hidden() -> None:
    hidden = {"doc_number", "number", "mother_number", "birth_certificate", "card_no", "card_account", "phone",
              "hukou_address", "home_address", "address", "record_key"}  # fmt: skip
    assert all(privacy_of(name).kind not in (Kind.NONE, Kind.NAME) for name in hidden)


def test_only_the_serializer_and_the_matching_hide() -> None:
    """A page or command that masks by itself would be one that can forget to."""
    found = [
        path.name
        for floor in ("web", "cli", "api")
        for path in (ROOT / "canbao" / floor).rglob("*.py")
        if re.search(r"rules\.masking|registry\.(view|as_of)\(", path.read_text())
    ]
    assert found == []

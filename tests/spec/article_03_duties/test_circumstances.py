"""What the register's rows tell of work, origin and pensions, before anybody has said anything on the form."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbao.rules.circumstances import Occupation, circumstances_of
from tests.spec.people import SHORT, TODAY, codes, day, schemes

_FACTS = {"birth_date": date(1990, 1, 1), "sex": "1", "doc_type": "01", "hukou_type": "50", "hukou_status": "NORMAL",
          "residence": "RESIDENT", "scope": "LOCAL_HUKOU", "death_on": None}  # fmt: skip
_SOURCES = {"120": "public_pension", "170": "resident_pension", "390": "resident_medical"}


def enrolment(code: str, state: str = "PAYING", employer: str | None = None, since: str = "", first: str = "") -> Any:
    return {"scheme": SHORT[code].value, "state": state, "source": _SOURCES.get(code, "employee"),
            "employer_no": employer, "pension_since": day(since), "first_enrolled_on": day(first)}  # fmt: skip


def test_work_as_far_as_the_insurances_tell(table):
    for row in table("""
        by employer | alone   | stopped | work            | which is
                    |         |         | NOT_WORKING     | in nothing
                    | 170 390 |         | NOT_WORKING     | a resident
                    | 110     |         | FLEXIBLE_WORKER | pays the employees' pension alone
                    | 310 170 |         | FLEXIBLE_WORKER | pays the employees' medical alone
        410         |         |         | EMPLOYEE        | an employer pays something
        110 310     | 390     |         | EMPLOYEE        |
                    |         | 110 310 | NOT_WORKING     | no employer pays any more
                    | 410     |         | FLEXIBLE_WORKER | work injury without an employer: a platform's or a site's
                    | 120     |         | PUBLIC_SECTOR   | a public employer need not be named
        110 310     | 120     |         | PUBLIC_SECTOR   |
    """):
        rows = [enrolment(code, employer="E1") for code in row["by employer"].split()]
        rows += [enrolment(code) for code in row["alone"].split()]
        rows += [enrolment(code, "INTERRUPTED", "E1") for code in row["stopped"].split()]
        found = circumstances_of(_FACTS, rows, on=TODAY)
        assert found.occupation.name == row["work"] and not found.declared, row
        assert found.stopped == schemes(row["stopped"])


def test_what_was_declared_counts_before_what_the_insurances_tell():
    found = circumstances_of(_FACTS, [enrolment("110")], on=TODAY, occupation=Occupation.INSTITUTION_STAFF)
    assert found.occupation is Occupation.INSTITUTION_STAFF and found.declared
    away = circumstances_of(_FACTS, [], on=TODAY, occupation=Occupation.AWAY_INSURED)
    assert codes(away.elsewhere) == "110 310 210 410 510"
    some = circumstances_of(_FACTS, [], on=TODAY, occupation=Occupation.AWAY_INSURED, elsewhere=schemes("110"))
    assert codes(some.elsewhere) == "110"


def test_origin(table):
    for row in table("""
        hukou     | document | kind | origin
        NORMAL    | 01       | 50   | LOCAL
        NORMAL    | 07       |      | LOCAL
        MOVED_OUT | 01       | 50   | ELSEWHERE
                  | 01       |      | ELSEWHERE
                  | 17       |      | HK_MACAO_TAIWAN
                  | 04       |      | HK_MACAO_TAIWAN
                  | 01       | 33   | HK_MACAO_TAIWAN
                  | 07       |      | PERMANENT_FOREIGNER
                  | 08       | 42   | PERMANENT_FOREIGNER
                  | 08       |      | FOREIGNER
                  |          | 41   | FOREIGNER
    """):
        facts = _FACTS | {
            "hukou_status": row["hukou"] or None,
            "doc_type": row["document"] or None,
            "hukou_type": row["kind"] or None,
        }
        assert circumstances_of(facts, [], on=TODAY).origin.name == row["origin"], row


def test_the_pension_that_counts(table):
    """Of two it is the one that goes on: the resident pension ends where another is drawn."""
    for row in table("""
        rows                              | retired from | drawing | since
        110 DRAWING 2018-04               | 110          | yes     | 2018-04-01
        170 DRAWING 2015-02               | 170          | yes     | 2015-02-01
        170 DRAWING 2015-02, 110 DRAWING 2018-04 | 110 170 | yes   | 2018-04-01
        110 DRAWING 2019-01, 120 DRAWING 2018-04 | 110 120 | yes   | 2018-04-01
        110 DRAWING -                     | 110          | yes     |
        170 DRAWING_SUSPENDED 2015-02     | 170          |         |
        110 PAYING -                      |              |         |
    """):
        rows = []
        for one in row["rows"].split(","):
            code, state, since = one.split()
            rows.append(enrolment(code, state, since="" if since == "-" else since))
        found = circumstances_of(_FACTS, rows, on=TODAY)
        assert codes(found.retired_from) == row["retired from"], row
        assert found.drawing == (row["drawing"] == "yes") and found.since == day(row["since"]), row


def test_the_dead_and_the_newborn(table):
    for row in table("""
        died       | hukou     | dead
        2026-11-24 | NORMAL    | yes
        2026-11-25 | NORMAL    |
        2026-11-25 | DECEASED  |
                   | DECEASED  | yes
                   | CANCELLED |
    """):
        facts = _FACTS | {"death_on": day(row["died"]), "hukou_status": row["hukou"]}
        assert circumstances_of(facts, [], on=TODAY).dead == (row["dead"] == "yes"), row
    facts = _FACTS | {"scope": "UNREGISTERED_NEWBORN", "hukou_status": None}
    assert circumstances_of(facts, [], on=TODAY).newborn


def test_when_somebody_first_joined_the_employees_pension():
    rows = [enrolment("110", first="2001-03"), enrolment("110", "TERMINATED", first="1995-06"), enrolment("310")]
    assert circumstances_of(_FACTS, rows, on=TODAY).joined_on == date(1995, 6, 1)

"""When an equal number says that two records are of one person."""

from __future__ import annotations

from datetime import date

from canbao.rules.documents import doubt, identifies


def test_a_document_identifies_only_where_it_can(table):
    """500901199005010115: born 1990-05-01, a man."""
    for row in table("""
        type | number             | birth      | sex | doubt
        01   | 500901199005010115 |            |     |
        01   | 500901199005010115 | 1990-05-01 | 1   |
             | '500901199005010115 | 1990-05-01 | 1  |
        01   | 500901199005010115 | 1990-05-11 | 1   |
        01   | 500901199005010115 | 1985-12-24 | 1   |
        01   | 500901199005010115 | 1990-05-01 | 2   |
        01   | 500901199005010115 | 1985-12-24 | 2   | AGAINST
        01   | 500901199005010115 | 1985-12-24 | 9   |
        01   | 500901199005010116 |            |     | FORM
        01   | 50090119900501011  |            |     | FORM
        01   | 500901900501011    | 1990-05-01 | 1   |
        01   | 500901900501011    | 1985-12-24 | 1   | AGAINST
        01   | 500901900501011    | 1990-05-01 | 2   | AGAINST
        01   | 500901201506017000 |            |     | DAMAGED
        01   | 5.00901E+17        |            |     | DAMAGED
        01   | 不详               |            |     | FILLER
        01   | 000000000000000000 |            |     | FILLER
        01   | 500901190001010011 |            |     | FILLER
        01   |                    |            |     | EMPTY
             | E12345678          |            |     |
        01   | E12345678          | 1990-05-01 | 1   |
        01   | 12345679           |            |     | FORM
        08   | E12345678          |            |     |
        04   | H12345670          |            |     |
        06   | 12345670           |            |     |
        17   | 500901199005010115 |            |     |
        02   | 军字第1234567号    |            |     |
        02   | 军字第12号         |            |     | FORM
        99   | 不知道             |            |     | FILLER
        99   | 没有证件的人       |            |     | FORM
        B1   | Q500000401         |            |     |
    """):
        birth = date.fromisoformat(row["birth"]) if row["birth"] else None
        found = doubt(row["type"] or None, row["number"], birth, row["sex"] or None)
        assert (found or "") == row["doubt"], row
        assert identifies(row["type"] or None, row["number"], birth, row["sex"] or None) == (not row["doubt"])

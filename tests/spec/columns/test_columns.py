"""What each column of a mapped record may hold."""

from __future__ import annotations

from canbao.rules.columns import COLUMNS, NAME_KEY_LONGEST, NAME_SURELY_FITS, Problem


def test_what_cannot_be_taken_as_it_is(table):
    for row in table("""
        column            | written                                      | problem
        phone             | 13512340001                                  |
        phone             | 13512340001(本人),13512340002(妻子)          |
        phone             | 1351234                                      |
        phone             | 有                                           | NOT_OF_ITS_KIND
        phone             | 1380                                         | NOT_OF_ITS_KIND
        doc_number        | 办证期间                                     | NOT_OF_ITS_KIND
        doc_number        | 军字第1234567号                              |
        doc_number        | 50090119900501O115                           |
        doc_number        | 5009011990<05010115                          | NOT_OF_ITS_KIND
        birth_certificate | Q500000401                                   |
        birth_certificate | 有                                           | NOT_OF_ITS_KIND
        household_no      | 集体户                                       | NOT_OF_ITS_KIND
        household_no      | 500112-0012                                  |
        card_no           | D99900001                                    |
        division          | 500112                                       |
        division          | 500112001002                                 |
        division          | 50011200                                     | NOT_OF_ITS_KIND
        employer_uscc     | 91500000MA5U00000W                           |
        employer_uscc     | 渝企字1号                                    | NOT_OF_ITS_KIND
    """):
        column = COLUMNS[row["column"]]
        assert (column.problem(column.written(row["written"])) or "") == row["problem"], row


def test_what_is_longer_than_the_register_holds_is_too_long():
    for name, column in COLUMNS.items():
        if column.form:
            fits = "1" * column.longest if column.shape else "张" * column.longest
            assert column.problem(fits + "1") is Problem.TOO_LONG, name
            if not name.endswith("name") and name != "division":
                assert column.problem(fits) is None, name


def test_a_name_has_to_fit_with_its_key_and_its_sound():
    name = COLUMNS["name"]
    assert name.problem("张" * NAME_SURELY_FITS) is None
    assert name.problem("庄" * NAME_SURELY_FITS) is None, "zhuang has six letters"
    assert name.problem("庄" * 100) is Problem.TOO_LONG
    assert name.problem("A" * NAME_KEY_LONGEST) is None
    assert name.problem("ﷺ" * 20) is Problem.TOO_LONG, "one sign that its key writes as eighteen"


def test_who_identifies_and_who_may_be_named_in_a_sentence():
    assert {name for name, column in COLUMNS.items() if column.identifies} == {"doc_number", "birth_certificate"}
    assert all(column.links for column in COLUMNS.values() if column.identifies)
    personal = {"name", "doc_number", "phone", "address", "birth_date", "mother_number", "record_key", "ethnicity"}
    assert not any(COLUMNS[name].told for name in personal)

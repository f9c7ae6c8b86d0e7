"""Identity numbers: GB 11643, permits, foreign permanent residence, GB 32100. All numbers are invented.

Those outside the invented areas are written with blanks, so that a real number would stand out.
"""

from __future__ import annotations

from canbao.rules import identity


def test_the_check_digit_of_a_citizen_number(table):
    for row in table("""
        first 17          | check
        50019919900101001 | 3
        81000019900101001 | 9
        83000019850505002 | 1
        50099919800101001 | 2
    """):
        assert identity.check_digit(row["first 17"]) == row["check"], row


def test_an_old_number_becomes_its_long_form():
    assert identity.upgrade("510215640315123") == "510215 19640315 1237".replace(" ", "")


def test_what_a_number_is_and_whether_it_can_be_right(table):
    for row in table("""
        type | sent                 | kind               | compared as          | valid | problems
        01   | 500999198001010012   | CITIZEN            | 500999198001010012   | yes   | UNKNOWN_AREA
        01   | 500999198001010019   | CITIZEN            | 500999198001010019   | no    | BAD_CHECK_DIGIT UNKNOWN_AREA
        01   | 50099919900101005x   | CITIZEN            | 50099919900101005X   | yes   | UNKNOWN_AREA
        01   | 50099919900101005*   | CITIZEN            | 50099919900101005X   | yes   | UNKNOWN_AREA
        01   | 50099919900101005×   | CITIZEN            | 50099919900101005X   | yes   | UNKNOWN_AREA
        01   | ５００９９９ 19800101 0012 | CITIZEN            | 500999198001010012   | yes   | UNKNOWN_AREA
        01   | '500999198001010012  | CITIZEN            | 500999198001010012   | yes   | UNKNOWN_AREA
        01   | 500999800101001      | CITIZEN            | 500999198001010012   | yes   | OLD_15 UNKNOWN_AREA
        01   | 500999801301001      | CITIZEN            | 500999801301001      | no    | OLD_15 BAD_BIRTH
        01   | 500999198002300010   | CITIZEN            | 500999198002300010   | no    | BAD_BIRTH BAD_CHECK_DIGIT UNKNOWN_AREA
        01   | 50099919800101001    | CITIZEN            | 50099919800101001    | no    | BAD_LENGTH
        01   | 5009991980O1010012   | CITIZEN            | 5009991980O1010012   | no    | NOT_A_NUMBER
        01   | 无                    | CITIZEN            | 无                    | no    | NOT_A_NUMBER
        01   |                      | CITIZEN            |                      | no    | EMPTY
        17   | 810000 19900101 0019 | RESIDENCE_PERMIT   | 810000 19900101 0019 | yes   |
        01   | 830000 19850505 0021 | RESIDENCE_PERMIT   | 830000 19850505 0021 | yes   | WRONG_TYPE
        04   | H12345678            | HOME_RETURN_PERMIT | H12345678            | yes   |
        05   | M1234567801          | HOME_RETURN_PERMIT | M12345678            | yes   |
        01   | H1234567801          | HOME_RETURN_PERMIT | H12345678            | yes   | WRONG_TYPE
        05   | MA0123456            | PASSPORT           | MA0123456            | yes   |
        06   | 12345678             | TAIWAN_PERMIT      | 12345678             | yes   |
        06   | 1234567              | TAIWAN_PERMIT      | 1234567              | no    | BAD_LENGTH
        07   | USA110080010112      | FOREIGN_RESIDENCE  | USA110080010112      | yes   |
        07   | 911156 19800101 0016 | FOREIGN_RESIDENCE  | 911156 19800101 0016 | yes   |
        07   | 911156 19800101 0018 | FOREIGN_RESIDENCE  | 911156 19800101 0018 | no    | BAD_CHECK_DIGIT
        08   | e12345678            | PASSPORT           | E12345678            | yes   |
        B1   | P500123456           | BIRTH_CERTIFICATE  | P500123456           | yes   |
        B1   | 500123456            | BIRTH_CERTIFICATE  | 500123456            | no    | BAD_LENGTH
    """):
        found = identity.examine(row["type"], row["sent"])
        seen = (found.kind, found.number, "yes" if found.valid else "no", " ".join(found.problems))
        assert seen == (row["kind"], row["compared as"].replace(" ", ""), row["valid"], row["problems"]), row


def test_a_number_without_a_type_is_taken_for_an_identity_card():
    assert identity.examine(None, "500999198001010012").kind is identity.Kind.CITIZEN


def test_an_area_that_was_never_assigned_is_a_warning_and_a_former_one_is_not(table):
    for row in table("""
        area   | warned | what it is
        500999 | yes    | invented
        510215 | no     | 重庆市, before 1997
        512922 | no     | 四川, before 1997
        500157 | no     | 两江新区
        810000 | no     | 香港
    """):
        assert identity.area_warning(row["area"]) == (row["warned"] == "yes"), row


def test_birth_and_sex_are_written_in_the_number(table):
    for row in table("""
        number               | birth      | sex
        500999198001010012   | 1980-01-01 | 1
        830000 19850505 0021 | 1985-05-05 | 2
        500999800101002      | 1980-01-01 | 2
        500999198013010012   |            | 1
        911156 19800101 0016 |            |
        H12345678            |            |
    """):
        number = row["number"].replace(" ", "")
        birth, sex = identity.birth_of(number), identity.sex_of(number)
        assert (str(birth or ""), sex or "") == (row["birth"], row["sex"]), row


def test_the_check_sign_of_a_unified_social_credit_code(table):
    for row in table("""
        first 17          | check
        91500000MA5U00000 | W
        12500000MB0000000 | F
        91110000600037341 | L
    """):
        assert identity.uscc_check(row["first 17"]) == row["check"]
        assert identity.is_valid_uscc(row["first 17"] + row["check"])
    assert not identity.is_valid_uscc("91500000MA5U00000I")
    letters = "A1500000MB0000000"
    assert identity.is_valid_uscc(letters + identity.uscc_check(letters))


def test_what_a_damaged_number_may_have_been(table):
    right = "500999198001010012"
    for row in table("""
        damaged             | how
        500999198001010092  | one sign
        500999198001O10012  | one sign, a letter
        5OO999I98OOIOIOOI2  | letters for the digits they look like
        500999L9800L0L00L2  | small l in capitals
        50099919800101001X  | the check digit
        509099198001010012  | neighbours swapped
        500999198001010021  | the last two swapped
        50099919800101001   | the last sign lost
        50099198001010012   | a sign lost
        5009999198001010012 | a sign too many
    """):
        found = identity.repairs(row["damaged"])
        assert right in found, row
        assert all(identity.is_valid_citizen(number) for number in found)
    assert identity.repairs(right) == frozenset()
    assert identity.repairs("50099919800101") == frozenset()

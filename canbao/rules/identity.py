"""Identity numbers: what kind a number is, whether it can be right, and which right numbers a wrong one may have been.

GB 11643 citizen numbers, permits of residents of Hong Kong, Macao and Taiwan, foreign permanent residence (2017 and 2023 form),
passports, birth certificates. Nothing here repairs a number silently: `clean` folds writing, `repairs` only proposes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache

from stdnum import numdb

from canbao.rules.text import number_form


class Kind(StrEnum):
    CITIZEN = "CITIZEN"  # 公民身份号码
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"  # 港澳台居民居住证
    HOME_RETURN_PERMIT = "HOME_RETURN_PERMIT"  # 港澳居民来往内地通行证
    TAIWAN_PERMIT = "TAIWAN_PERMIT"  # 台湾居民来往大陆通行证
    FOREIGN_RESIDENCE = "FOREIGN_RESIDENCE"  # 外国人永久居留身份证
    PASSPORT = "PASSPORT"  # 护照
    BIRTH_CERTIFICATE = "BIRTH_CERTIFICATE"  # 出生医学证明
    OTHER = "OTHER"


class Problem(StrEnum):
    EMPTY = "EMPTY"
    NOT_A_NUMBER = "NOT_A_NUMBER"  # signs that this kind of number cannot contain
    BAD_LENGTH = "BAD_LENGTH"
    BAD_BIRTH = "BAD_BIRTH"
    BAD_CHECK_DIGIT = "BAD_CHECK_DIGIT"
    OLD_15 = "OLD_15"
    UNKNOWN_AREA = "UNKNOWN_AREA"
    WRONG_TYPE = "WRONG_TYPE"  # a right number, of another kind than the document type says


# An area code that was never assigned, the old form and a wrong type code do not make a number invalid.
WARNINGS = frozenset({Problem.OLD_15, Problem.UNKNOWN_AREA, Problem.WRONG_TYPE})


@dataclass(frozen=True, slots=True)
class Examination:
    """What a number is. `number` is the form to compare: 18 digits for the old 15, permits without their issue counter."""

    kind: Kind
    number: str
    valid: bool
    problems: tuple[Problem, ...] = ()


KIND_OF_TYPE = {
    "01": Kind.CITIZEN,
    "21": Kind.CITIZEN,
    "04": Kind.HOME_RETURN_PERMIT,
    "05": Kind.HOME_RETURN_PERMIT,
    "06": Kind.TAIWAN_PERMIT,
    "07": Kind.FOREIGN_RESIDENCE,
    "08": Kind.PASSPORT,
    "16": Kind.PASSPORT,
    "17": Kind.RESIDENCE_PERMIT,
    "B1": Kind.BIRTH_CERTIFICATE,
}

# Types 04 and 05 stand for the passports of the two regions as well.
_ALSO_RIGHT = frozenset({(Kind.HOME_RETURN_PERMIT, Kind.PASSPORT)})

_RESIDENCE_AREAS = ("810000", "820000", "830000")
_CHECK_DIGITS = "0123456789X"

_HOME_RETURN = re.compile(r"[HM]\d{8}(\d\d)?", re.ASCII)
_TAIWAN = re.compile(r"\d{8}(\d\d)?", re.ASCII)
_FOREIGN_2017 = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_BIRTH_CERTIFICATE = re.compile(r"[A-Z]\d{9}", re.ASCII)
_PASSPORT = re.compile(r"(?=.*\d{4})[A-Z0-9]{5,15}", re.ASCII)
_PASSPORT_HK_MACAO = re.compile(r"[A-Z]{1,2}\d{7,8}", re.ASCII)
_OTHER = re.compile(r"[^\W_][\w()（）第号字·./-]{2,39}")


def clean(number: str) -> str:
    """The normal form of a number (`text.number_form`): a letter O stays a letter O, and what is no number stays as it is."""
    return number.upper() if number.isascii() and number.isalnum() else number_form(number)


def check_digit(first17: str) -> str:
    """The MOD 11-2 check sign of GB 11643 for 17 digits."""
    # 13 = 2 (mod 11), so reading the digits to base 13 weighs them as the standard does, in one C call.
    return _CHECK_DIGITS[(1 - 2 * int(first17, 13)) % 11]


def is_valid_citizen(number18: str) -> bool:
    """Can this be a citizen number (or the like-built number of a residence permit)? The area code is not judged."""
    return (
        len(number18) == 18
        and "1" <= number18[0] <= "8"
        and _is_digits(number18[:17])
        and number18[6:14] in _days()
        and number18[17] == check_digit(number18[:17])
    )


def upgrade(number15: str) -> str:
    """The 18-digit form of an old 15-digit number.

    Always century 19: the sequence numbers said to mark people born before 1900 are not confirmed by any text at hand.
    Raises ValueError.
    """
    if len(number15) != 15 or not _is_digits(number15):
        raise ValueError("not 15 digits")
    first17 = f"{number15[:6]}19{number15[6:]}"
    return first17 + check_digit(first17)


def birth_of(number: str) -> date | None:
    """The birth date written in a citizen-like number of 15 or 18 places, if it is a day of the calendar."""
    return _days().get(_body(number)[6:14])


def sex_of(number: str) -> str | None:
    """'1' for men and '2' for women, as written in a citizen-like number of 15 or 18 places."""
    body = _body(number)
    return ("2", "1")[int(body[16]) % 2] if body else None


def area_warning(number: str) -> bool:
    """True when the first six digits never were the code of a county (neither an error nor a reason to hold a row)."""
    return number[:6] not in _RESIDENCE_AREAS and not _was_assigned(number[:6])


def examine(doc_type: str | None, number: str | None) -> Examination:
    """Judge a number as it was sent, with the document type it came with ('01' when none did)."""
    expected = KIND_OF_TYPE.get(doc_type or "01", Kind.OTHER)
    text = clean(number) if number else ""
    if not text:
        return Examination(expected, "", False, (Problem.EMPTY,))
    found = _by_shape(text, expected)
    if not found.valid or found.kind is expected or (expected, found.kind) in _ALSO_RIGHT or expected is Kind.OTHER:
        return found
    return Examination(found.kind, found.number, True, (*found.problems, Problem.WRONG_TYPE))


def repairs(number: str) -> frozenset[str]:
    """Every valid 18-place number that one substituted sign, swapped neighbours, a lost or an added sign may have turned into this.

    Letters typed for the digits they look like (O, I, L, Z, S, B) count as one error however many they are. A valid number has none:
    the check digit catches each of these errors.
    """
    if len(number) == 18:
        return frozenset() if is_valid_citizen(number) else _substituted(number) | _swapped(number) | _lettered(number)
    if len(number) == 17:
        return frozenset(right for place in range(18) for right in _solve(number[:place] + "0" + number[place:], place))
    if len(number) == 19:
        shorter = (number[:place] + number[place + 1 :] for place in range(19))
        return frozenset(right for right in shorter if is_valid_citizen(right))
    return frozenset()


_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {sign: value for value, sign in enumerate(_USCC_SIGNS)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc_check(first17: str) -> str:
    """The check sign of GB 32100 for the first 17 signs.

    Raises KeyError for a sign outside the alphabet.
    """
    total = sum(_USCC_VALUE[sign] * weight for sign, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_SIGNS[-total % 31]


def is_valid_uscc(code: str) -> bool:
    """Is this a unified social credit code? Authority and type may be letters, the division is digits."""
    return (
        len(code) == 18
        and _is_digits(code[2:8])
        and all(sign in _USCC_VALUE for sign in code)
        and code[17] == uscc_check(code[:17])
    )


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


@cache
def _days() -> dict[str, date]:
    """Every day a living or recently dead person can be born on; a look-up beats parsing by far."""
    first = date(1850, 1, 1)
    days = (first + timedelta(days=offset) for offset in range((date(2100, 1, 1) - first).days))
    return {day.isoformat().replace("-", ""): day for day in days}


@lru_cache(maxsize=1 << 15)
def _was_assigned(area: str) -> bool:
    found = numdb.get("cn/loc").info(area)
    return any("county" in properties for _, properties in found)


def _body(number: str) -> str:
    """The first 17 digits of a citizen-like number, or nothing."""
    if len(number) == 15 and _is_digits(number):
        return f"{number[:6]}19{number[6:]}"
    if len(number) == 18 and _is_digits(number[:17]) and number[0] != "9":
        return number[:17]
    return ""


def _by_shape(text: str, expected: Kind) -> Examination:
    if len(text) == 18 and _is_digits(text[:17]):
        return _examine_18(text, expected)
    if _HOME_RETURN.fullmatch(text):
        return Examination(Kind.HOME_RETURN_PERMIT, text[:9], True)
    if _FOREIGN_2017.fullmatch(text):
        return Examination(Kind.FOREIGN_RESIDENCE, text, True)
    if expected in (Kind.CITIZEN, Kind.RESIDENCE_PERMIT):
        return _examine_citizen_shape(text, expected)
    return _examine_other(text, expected)


def _examine_18(text: str, expected: Kind) -> Examination:
    foreign = text[0] == "9"
    kind = Kind.FOREIGN_RESIDENCE if foreign else Kind.CITIZEN
    if text.startswith(_RESIDENCE_AREAS):
        kind = Kind.RESIDENCE_PERMIT
    problems = []
    # The inner layout of the foreign number is not published for certain: only its check digit is judged.
    if text[0] == "0":
        problems.append(Problem.NOT_A_NUMBER)
    elif not foreign and text[6:14] not in _days():
        problems.append(Problem.BAD_BIRTH)
    if text[17] != check_digit(text[:17]):
        problems.append(Problem.BAD_CHECK_DIGIT)
    valid = not problems
    if kind is Kind.CITIZEN and not _was_assigned(text[:6]):
        problems.append(Problem.UNKNOWN_AREA)
    if not valid and expected in (Kind.PASSPORT, Kind.OTHER):
        return _examine_other(text, expected)
    return Examination(kind, text, valid, tuple(problems))


def _examine_citizen_shape(text: str, expected: Kind) -> Examination:
    if not _is_digits(text):
        return Examination(expected, text, False, (Problem.NOT_A_NUMBER,))
    if len(text) != 15:
        return Examination(expected, text, False, (Problem.BAD_LENGTH,))
    longer = upgrade(text)
    if longer[6:14] not in _days():
        return Examination(expected, text, False, (Problem.OLD_15, Problem.BAD_BIRTH))
    unknown = () if _was_assigned(text[:6]) else (Problem.UNKNOWN_AREA,)
    return Examination(Kind.CITIZEN, longer, True, (Problem.OLD_15, *unknown))


_SHAPES: dict[Kind, tuple[re.Pattern[str], ...]] = {
    Kind.HOME_RETURN_PERMIT: (_PASSPORT_HK_MACAO,),
    Kind.TAIWAN_PERMIT: (_TAIWAN,),
    Kind.FOREIGN_RESIDENCE: (),
    Kind.PASSPORT: (_PASSPORT,),
    Kind.BIRTH_CERTIFICATE: (_BIRTH_CERTIFICATE,),
    Kind.OTHER: (_OTHER,),
}


def _examine_other(text: str, expected: Kind) -> Examination:
    if not any(shape.fullmatch(text) for shape in _SHAPES[expected]):
        problem = Problem.BAD_LENGTH if text.isascii() and text.isalnum() else Problem.NOT_A_NUMBER
        return Examination(expected, text, False, (problem,))
    kind = Kind.PASSPORT if expected is Kind.HOME_RETURN_PERMIT else expected
    return Examination(kind, text, True)


_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(18))
_INVERSE = tuple(pow(weight, -1, 11) for weight in _WEIGHTS)


def _solve(number: str, place: int) -> tuple[str, ...]:
    """The number with the one sign at `place` that makes the check hold, if that gives a valid number."""
    rest = number[:place] + "0" + number[place + 1 :]
    if not _is_digits(rest[:17]):
        return ()
    last = rest[17]
    if last not in _CHECK_DIGITS:
        return ()
    total = 2 * int(rest[:17], 13) + _CHECK_DIGITS.index(last)
    value = (1 - total) * _INVERSE[place] % 11
    if value == 10 and place != 17:
        return ()
    right = rest[:place] + _CHECK_DIGITS[value] + rest[place + 1 :]
    return (right,) if is_valid_citizen(right) else ()


def _substituted(number: str) -> frozenset[str]:
    odd = [place for place in range(17) if not _is_digits(number[place])]
    places = range(18) if not odd else odd if len(odd) == 1 else ()
    return frozenset(right for place in places for right in _solve(number, place))


_LIKE_DIGITS = str.maketrans("OILZSB", "011258")


def _lettered(number: str) -> frozenset[str]:
    right = number[:17].translate(_LIKE_DIGITS) + number[17]
    return frozenset({right}) if right != number and is_valid_citizen(right) else frozenset()


def _swapped(number: str) -> frozenset[str]:
    turned = (
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(17)
        if number[place] != number[place + 1]
    )
    return frozenset(right for right in turned if is_valid_citizen(right))

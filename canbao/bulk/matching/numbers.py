"""How the numbers and births of two sides agree: functions of `rules.near_numbers` and `rules.matching` in SQL."""

from __future__ import annotations

from canbao.bulk.matching.entries import check_char
from canbao.bulk.sqltext import SQL, literal, sql
from canbao.rules.near_numbers import (
    CITIZEN_LIKE,
    CITIZEN_LIKE_DIGITS,
    FOREIGN_FIRST_FORM,
    HOME_RETURN_PERMIT,
    OLD_FORM_MOST,
)


def births_near(a: SQL, b: SQL) -> SQL:
    """How near two births are, UNKNOWN where one is missing."""
    return sql(
        "case when {a} = {b} then 'SAME'"
        " when (year({a}) = year({b}))::int + (month({a}) = month({b}))::int + (day({a}) = day({b}))::int = 2"
        " or (year({a}) = year({b}) and month({a}) = day({b}) and day({a}) = month({b})) then 'NEAR'"
        " when {a} is null or {b} is null then 'UNKNOWN' else 'OTHER' end",
        a=a, b=b,
    )  # fmt: skip


def may_be_one() -> SQL:
    """Whether all births and sexes of a group, columns `birth` and `sex`, may be those of one person."""
    near = births_near(sql("min(birth)"), sql("max(birth)"))
    return sql(
        "count(distinct sex) < 2 and (count(distinct birth) < 2 or count(distinct birth) = 2 and {near} <> 'OTHER')",
        near=near,
    )


def equal_numbers() -> SQL:
    """What two equal numbers of w and o are that look like citizen numbers and identify nobody."""
    return sql(
        "case when {births} = 'OTHER' or coalesce(w.sex <> o.sex, false) then 'CLOSE' else 'REPAIRED' end",
        births=births_near(sql("w.birth"), sql("o.birth")),
    )


def citizen_like(number: SQL) -> SQL:
    """Whether a number may have been meant as a citizen number; false for none."""
    return sql(
        "coalesce(regexp_full_match({number}, {like}) and length(regexp_replace({number}, '[^0-9]', '', 'g')) >= {digits}"
        " and not regexp_full_match({number}, {foreign}), false)",
        number=number, like=literal(CITIZEN_LIKE), digits=CITIZEN_LIKE_DIGITS, foreign=literal(FOREIGN_FIRST_FORM),
    )  # fmt: skip


def slips(a: SQL, b: SQL) -> SQL:
    """The slips between two numbers, the shorter perhaps in the old form."""

    def as_old(short: SQL, long: SQL) -> SQL:
        return sql(
            "case when length({short}) <= {most} and length({long}) = 18"
            " then damerau_levenshtein({short}, ({long}[1:6] || {long}[9:17])) else 99 end",
            short=short, long=long, most=OLD_FORM_MOST,
        )  # fmt: skip

    return sql(
        "least(damerau_levenshtein({a}, {b}), {a_old}, {b_old})", a=a, b=b, a_old=as_old(a, b), b_old=as_old(b, a)
    )


def number_link(unit: SQL, *, same: SQL, weak_from: int) -> SQL:
    """`rules.matching.NumberLink` of a pair p (`repaired`) between w (number, citizen_like) and o, the unit that `unit` names.

    same: what equal numbers are; units from `weak_from` on have their number in o, the others are their number.
    """
    full = sql("({unit}::varchar || {check})", unit=unit, check=check_char(unit))
    return sql(
        """case
    when p.repaired then 'REPAIRED'
    when regexp_full_match(w.number, {permit}) and {unit} < {first_seven} then 'FAR'
    when not w.citizen_like then 'NONE'
    when {unit} < {weak_from} then case when {full_slips} <= 2 then 'CLOSE' else 'FAR' end
    when not o.citizen_like then 'NONE'
    when w.number = o.number then {same}
    when {slips} <= 2 then 'CLOSE'
    else 'FAR' end""",
        permit=literal(HOME_RETURN_PERMIT), first_seven=weak_from // 10 * 7, weak_from=weak_from, unit=unit, same=same,
        full_slips=slips(sql("w.number"), full), slips=slips(sql("w.number"), sql("o.number")),
    )  # fmt: skip

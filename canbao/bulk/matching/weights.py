"""`rules.matching.score` and `may_link` as expressions over the columns of an agreement."""

from __future__ import annotations

from collections.abc import Mapping

from canbao.bulk.sqltext import SQL, cases, sql
from canbao.rules import matching as m

MAY_LINK = sql(
    "person_no or card or certificate and name not in ('PART', 'DIFFERENT') and birth <> 'OTHER' and sex <> 'OTHER'"
    " and (not same_list or name = 'SAME')"
    " or case when number in ('SAME', 'DOCUMENT') then not (birth = 'OTHER' and sex = 'OTHER')"
    " and not (number = 'DOCUMENT' and (birth = 'OTHER' or sex = 'OTHER'))"
    " and (name in ('SAME', 'HOMOPHONE', 'LOST') or name = 'PART' and birth in ('SAME', 'UNKNOWN'))"
    " when number = 'REPAIRED' then name <> 'DIFFERENT' and not (birth = 'OTHER' and sex = 'OTHER')"
    " else name not in ('PART', 'DIFFERENT') and birth <> 'OTHER' and sex <> 'OTHER' and not other_certificate"
    " and not (disputed and (homes = 0 or same_list)) and not (multiple_birth and (unnamed or name <> 'SAME'))"
    " and not (unnamed and same_source) and (not same_list or name = 'SAME') end"
)


def _points(column: SQL, points: Mapping[str, float]) -> SQL:
    return cases(column, points, otherwise=0.0)


def bits() -> SQL:
    """`rules.matching.score` as one SQL expression."""
    name, birth, sex, number, area = (sql("name"), sql("birth"), sql("sex"), sql("number"), sql("area"))
    near = {"SAME": m.BIRTH_SAME, "NEAR": m.BIRTH_NEAR, "OTHER": m.BIRTH_OTHER}
    given = {"SAME": m.BIRTH_SAME_GIVEN_NUMBER, "NEAR": m.BIRTH_NEAR_GIVEN_NUMBER, "OTHER": m.BIRTH_OTHER_GIVEN_NUMBER}
    repaired = sql(
        "{number} + {birth} + {sex}",
        number=m.NUMBER_REPAIRED,
        birth=_points(birth, given),
        sex=_points(sex, {"SAME": m.SEX_SAME_GIVEN_NUMBER, "OTHER": m.SEX_OTHER}),
    )
    plain = sql(
        "{birth} + {sex} + {number}",
        birth=_points(birth, near),
        sex=_points(sex, {"SAME": m.SEX_SAME, "OTHER": m.SEX_OTHER}),
        number=_points(number, {"CLOSE": m.NUMBER_CLOSE, "FAR": m.NUMBER_FAR}),
    )
    return sql(
        "case when name in ('SAME', 'HOMOPHONE') then name_bits + {level} else {level} end"
        " + case when number in ('SAME', 'DOCUMENT', 'REPAIRED') then {repaired} else {plain} end + {area}"
        " + [0.0, {home}, {homes}][least(homes, 2) + 1]"
        " + {person_no} * person_no::int + {card} * card::int + {mother} * mother::int"
        " + {certificate} * certificate::int + {same_list} * same_list::int"
        " + {same_source} * (same_source and not same_list and not person_no)::int",
        level=_points(name, {str(level): bits for level, bits in m.NAME_BITS.items()}),
        repaired=repaired,
        plain=plain,
        area=_points(area, {"SAME": m.TOWN_SAME, "NEAR": m.DISTRICT_SAME, "OTHER": m.AREA_OTHER}),
        home=m.HOME_SAME,
        homes=m.HOME_SAME_TWICE,
        person_no=m.PERSON_NO_SAME,
        card=m.CARD_SAME,
        mother=m.MOTHER_SAME,
        certificate=m.CERTIFICATE_SAME,
        same_list=m.SAME_LIST,
        same_source=m.SAME_SOURCE,
    )

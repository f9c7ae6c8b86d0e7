"""What hangs on the people of the register: documents, numbers, enrolments, spells in lists; employers, households and cards."""

from __future__ import annotations

from canbao.bulk.registry.covering import EMPLOYER
from canbao.bulk.sqltext import cases, joined, literal, sql

_SOURCES = ("employee", "public_pension", "resident_pension", "resident_medical", "police", "health", "office")
_BIT = {source: 1 << i for i, source in enumerate(_SOURCES)}
_BITS = cases(sql("l.source"), _BIT)
_NAMED = sql(
    "concat_ws(',', {names})",
    names=joined(
        ", ",
        [
            sql("case when bits & {bit} > 0 then {source} end", bit=bit, source=literal(source))
            for source, bit in _BIT.items()
        ],
    ),
)

DEPENDENT = {
    "person_document": sql(
        """
        select g.person_id, g.number, g.doc_type, {named} as sources, w.office_path,
            w.first_as_of, w.last_as_of
        from (select l.person_id, s.doc_number as number, min(s.doc_type) doc_type, bit_or({bits}) as bits
              from listed s join link l using (source, record_key) where s.doc_number is not null
              group by l.person_id, s.doc_number) g
        join wanted_person w on w.id = g.person_id""",
        named=_NAMED,
        bits=_BITS,
    ),
    "business_number": sql("""
        select g.*, w.office_path, w.first_as_of, w.last_as_of from (
            select distinct l.person_id, s.source, s.person_no as number from listed s join link l using (source, record_key)
            where s.person_no is not null and s.scheme is not null) g
        join wanted_person w on w.id = g.person_id"""),
    "enrolment": sql("""
        select e.*, w.office_path from enrolled e join wanted_person w on w.id = e.person_id"""),
    "listed_spell": sql("""
        select x.person_id, x.source, x.record_key, coalesce(x.from_on, x.death_on) as from_on, x.until_on, x.extra as remark,
            w.office_path, x.as_of as first_as_of, x.as_of as last_as_of
        from explained x join wanted_person w on w.id = x.person_id"""),
}

PLAIN = {
    "employer": sql(
        """
        select source, {employer} as employer_no, max(employer_uscc) uscc, max(employer_name) as name from listed s
        where {employer} is not null group by all""",
        employer=EMPLOYER,
    ),
    "household": sql("""
        select household_no, max(hukou_division) division, arg_min(hukou_address, (relation_to_head <> '户主', id)) address,
            count(*) members, min(office_path) office_path
        from wanted_person where household_no is not null group by household_no"""),
    "card": sql("""
        select g.person_id, g.card_no, g.card_status, w.office_path from (
            select l.person_id, s.card_no, max(s.card_status) card_status from listed s join link l using (source, record_key)
            where s.card_no is not null group by l.person_id, s.card_no) g
        join wanted_person w on w.id = g.person_id"""),
}

"""Each person's enrolments and what is missing among them: `rules.enrolment` and `rules.duty` as set expressions."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, cases, identifier, joined, literal, literals, sql
from canbao.rules.codes import Scheme
from canbao.rules.duty import DECISION_TABLE, Employment, must
from canbao.rules.enrolment import ACTIVE, MEDICAL, PENSIONS, EnrolmentState, state_rows

_BIT = {scheme: 1 << i for i, scheme in enumerate(Scheme)}

# `rules.scope`: the first line that applies decides.
SCOPE = sql("""case
    when dead then null
    when hukou_status = 'NORMAL' then 'LOCAL_HUKOU'
    when newborn then 'UNREGISTERED_NEWBORN'
    when insured_here then 'INSURED_HERE'
    when residence = 'RESIDENT' then 'RESIDENT_HERE'
    end""")

# The employer of a row: its number in that system or, where none was sent, its credit code. Anybody who has one is employed.
EMPLOYER = sql("coalesce(s.employer_no, s.employer_uscc)")

_ENROLLED = sql(
    """
create or replace view enrolled as
select l.person_id, s.scheme, s.record_key, s.source, t.state, s.enrol_status, s.payment_status, s.first_enrolled_on,
    s.spell_from, s.spell_to, s.pension_since, s.capacity, {employer} as employer_no, s.division as enrolment_division,
    s.as_of as first_as_of, s.as_of as last_as_of
from listed s join link l using (source, record_key)
join status_table t on t.enrol_status = s.enrol_status and t.payment_status is not distinct from s.payment_status
    and t.scheme = s.scheme
""",
    employer=EMPLOYER,
)


def build(engine: DuckEngine, *, on: date) -> None:
    """Make view enrolled and table covered(person_id, insured_here, gap)."""
    rows = state_rows()
    table = pa.table(
        {
            "enrol_status": pa.array([r[0] for r in rows], pa.string()),
            "payment_status": pa.array([r[1] for r in rows], pa.string()),
            "scheme": pa.array([r[2] for r in rows], pa.string()),
            "state": pa.array([str(r[3]) for r in rows], pa.string()),
        }
    )
    engine.load("status_table", table)
    engine.run(_ENROLLED)
    engine.run(_covered(on))


def _mask(schemes: frozenset[Scheme]) -> int:
    return sum(_BIT[scheme] for scheme in schemes)


def _covered(on: date) -> SQL:
    return sql(
        """
    create or replace table covered as
    with summed as ({summed}), counted as ({counted}), signs as ({signs})
    select person_id, insured_here, {gap} as gap from (
        select s.* replace (insured or x.person_id is not null as insured) from signs s
        left join (select distinct person_id from explained where source = 'elsewhere'
            and (from_on is null or from_on <= {on}) and (until_on is null or until_on >= {on})) x using (person_id))
    """,
        summed=_summed(), counted=_counted(on), signs=_signs(), gap=_gap_case(), on=literal(on),
    )  # fmt: skip


def _summed() -> SQL:
    """Of each person the schemes (one bit each) that are active, a, or interrupted, i, and what else the enrolments say."""
    return sql(
        """
        select person_id,
            coalesce(bit_or({bit}) filter (state in ({active})), 0) a,
            coalesce(bit_or({bit}) filter (state in ({interrupted})), 0) i,
            bool_or(state = {drawing}) drawing,
            bool_or(state <> {terminated} and state <> {not_enrolled}) insured_here,
            bool_or(source = 'public_pension' and state in ({active})) public,
            bool_or(source = 'employee' and employer_no is not null and state in ({active})) employer
        from enrolled group by person_id
    """,
        bit=cases(sql("scheme"), {scheme.value: bit for scheme, bit in _BIT.items()}),
        active=literals(ACTIVE),
        interrupted=literals((EnrolmentState.INTERRUPTED, EnrolmentState.DRAWING_SUSPENDED)),
        drawing=literal(EnrolmentState.DRAWING),
        terminated=literal(EnrolmentState.TERMINATED),
        not_enrolled=literal(EnrolmentState.NOT_ENROLLED),
    )


def _counted(on: date) -> SQL:
    """With the schemes that an employer owes on a day."""
    owed = {kind: _mask(must(kind, on=on)) for kind in Employment}
    return sql(
        """
        select *, {active} as active, {stopped} as stopped,
            case when public then {owed_public} when employer then {owed_employer} else 0 end as owed
        from summed
    """,
        active=_with_maternity(sql("a")),
        stopped=_with_maternity(sql("i")),
        owed_public=owed[Employment.PUBLIC_SECTOR],
        owed_employer=owed[Employment.EMPLOYER],
    )


def _signs() -> SQL:
    """What `rules.duty.DECISION_TABLE` asks."""
    return sql(
        """
        select person_id, insured_here, drawing, a <> 0 as insured, i <> 0 as interrupted,
            (stopped & {pensions} > 0 and active & {pensions} = 0) or (stopped & {health} > 0 and active & {health} = 0)
                or owed & (stopped & ~active) > 0 as lapsed,
            owed & ~active & ~stopped > 0 as missing
        from counted
    """,
        pensions=_mask(PENSIONS),
        health=_mask(MEDICAL),
    )


def _with_maternity(bits: SQL) -> SQL:
    """Anybody who has the medical insurance of employees has the maternity insurance with it."""
    medical, maternity = _BIT[Scheme.EMPLOYEE_MEDICAL], _BIT[Scheme.MATERNITY]
    return sql(
        "{bits} | case when {bits} & {medical} > 0 then {maternity} else 0 end",
        bits=bits, medical=medical, maternity=maternity,
    )  # fmt: skip


def _gap_case() -> SQL:
    """`rules.duty.DECISION_TABLE`, one WHEN per row."""
    whens = []
    for wanted, gap in DECISION_TABLE:
        signs = [identifier(n) if value else sql("not {n}", n=identifier(n)) for n, value in wanted.items()]
        condition = joined(" and ", signs) if signs else sql("true")
        whens.append(sql("when {condition} then {gap}", condition=condition, gap=literal(gap)))
    return sql("case {whens} end", whens=joined(" ", whens))

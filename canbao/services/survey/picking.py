"""The SQL that puts people on the list of a round: who, for which reasons, and what a rule has to be asked for.

All of it works on sets and on temporary tables that end with the transaction. Parameters are named; see `parameters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final

from canbao.bulk.sqltext import SQL, columns, joined, literal, literals, sql
from canbao.rules.addresses import NOWHERE, PREFIXES
from canbao.rules.answers import COMPLETE
from canbao.rules.duty import Gap
from canbao.rules.enrolment import ACTIVE, MEDICAL, PENSIONS
from canbao.rules.offices import scope_range
from canbao.rules.period import HERE
from canbao.rules.survey import Suggestion, VisitReason
from canbao.rules.text import search_form
from canbao.rules.visiting import BY_GAP, ONLY_LOCAL, infant_from
from canbao.store.models import SurveyRound


def parameters(round_: SurveyRound, *, on: date) -> dict[str, Any]:
    lowest, highest = scope_range(round_.office)
    since = round_.since_on or date.max
    return {
        "lo": lowest, "hi": highest, "on": on, "infant_from": infant_from(on), "since": since,
        "since_at": datetime.combine(since, time(), HERE), "round": round_.pk, "office": round_.office, "due": round_.due_on,
    }  # fmt: skip


# Registered now, in the range of the regulation (article 4; the dead have none) and not dead by the register.
ALIVE: Final = sql("""p.office_path between %(lo)s and %(hi)s and p.scope is not null
    and (p.death_on is null or p.death_on > %(on)s) and p.hukou_status is distinct from 'DECEASED'""")
_UNINSURED = sql("p.gap = {none}", none=literal(Gap.NONE_AT_ALL))
_FIRST_SEEN = sql("""(p.moved_in_on >= %(since)s or p.recorded_at >= %(since_at)s and (p.version = 1 or not exists (
    select from person_history h where h.person_id = p.id and lower(h.recorded) < %(since_at)s)))""")


def blank(item: str) -> SQL:
    """Whether the register has nothing for an item of a complete record, of people who have to have it."""
    held = columns((item,), "p")
    empty = sql("{held} is null", held=held) if item == "birth_date" else sql("coalesce({held}, '') = ''", held=held)
    return (
        sql("({empty} and p.scope = 'LOCAL_HUKOU')", empty=empty)
        if item in ONLY_LOCAL
        else sql("({empty})", empty=empty)
    )


def conditions(round_: SurveyRound) -> dict[VisitReason, SQL]:
    """When each of the round's reasons is given; of MAY_JOIN when the rules have to be asked."""
    asked = [blank(item) for item in COMPLETE if item in round_.asked_items]
    found = {reason: sql("p.gap = {gap}", gap=literal(gap)) for reason, gap in BY_GAP.items()} | {
        VisitReason.MAY_JOIN: sql(
            "(coalesce(e.in_pension <> e.in_medical, false) or coalesce(d.away_schemes, '') <> '')"
        ),
        VisitReason.NEWBORN: sql(
            "(p.scope = 'UNREGISTERED_NEWBORN' or (p.birth_date >= %(infant_from)s and {uninsured}))",
            uninsured=_UNINSURED,
        ),
        VisitReason.EXCHANGE: sql("({uninsured} and {seen})", uninsured=_UNINSURED, seen=_FIRST_SEEN),
        VisitReason.INCOMPLETE: sql("({asked})", asked=_any_of(asked)),
    }
    return {reason: found[reason] for reason in VisitReason if reason in round_.reasons and reason in found}


def _any_of(conditions: Iterable[SQL]) -> SQL:
    found = list(conditions)
    return joined(" or ", found) if found else sql("false")


# What of a person decides what he must and may join: people who are alike in it are asked about once (`rules.circumstances`).
FACTS: Final = ("birth_date", "sex", "doc_type", "hukou_type", "hukou_status", "residence", "scope", "death_on")
ENROLLED: Final = ("scheme", "state", "source", "employer_no", "first_enrolled_on")
_KIND = sql("jsonb_build_array({facts}, d.occupation, d.away_schemes, e.rows)", facts=columns(FACTS, "p"))
_ENROLLED = sql(
    """
    select person_id,
        bool_or(state in ({active}) and scheme in ({pensions})) as in_pension,
        bool_or(state in ({active}) and scheme in ({medical})) as in_medical,
        jsonb_agg(jsonb_build_array(scheme, state, source, coalesce(employer_no, '') <> '',
            case when scheme = 'EMPLOYEE_PENSION' then first_enrolled_on end) order by scheme, state, source, record_key) as rows
    from enrolment where office_path between %(lo)s and %(hi)s group by person_id""",
    active=literals(sorted(ACTIVE)),
    pensions=literals(sorted(PENSIONS)),
    medical=literals(sorted(MEDICAL)),
)


def _texts(values: Iterable[SQL]) -> SQL:
    """An array of those that are not null."""
    found = list(values)
    return (
        sql("array_remove(array[{found}]::text[], null)", found=joined(", ", found)) if found else sql("'{{}}'::text[]")
    )


def pick(round_: SurveyRound) -> SQL:
    """Table picked(id, before, doubtful, after, kind): the reasons before and after MAY_JOIN in their order."""
    when = conditions(round_)
    places = list(VisitReason)
    middle = places.index(VisitReason.MAY_JOIN)

    def reasons(part: Iterable[VisitReason]) -> SQL:
        given = [(when[reason], literal(reason)) for reason in part if reason in when]
        return _texts(sql("case when {when} then {reason} end", when=w, reason=reason) for w, reason in given)

    return sql(
        """
        create temp table picked on commit drop as
        select p.id, {before} as before, {doubtful} as doubtful, {after} as after, {kind} as kind
        from person p left join ({enrolled}) e on e.person_id = p.id left join declaration d on d.person_id = p.id
        where {alive} and ({any})""",
        before=reasons(places[:middle]),
        doubtful=when.get(VisitReason.MAY_JOIN, sql("false")),
        after=reasons(places[middle + 1 :]),
        kind=_KIND,
        enrolled=_ENROLLED,
        alive=ALIVE,
        any=_any_of(when.values()),
    )


TABLES: Final = ("picked", "asked", "told", "odd_address")
ASKED: Final = (
    sql(
        "create temp table asked (kind jsonb, must text[], may text[], is_reason boolean, work boolean) on commit drop"
    ),
    sql("analyze picked"),
)

# Where he is looked for: the address that made the village responsible; sorted as one walks, numbers by their worth.
_ADDRESS = sql("""case when p.scope = 'LOCAL_HUKOU' then coalesce(nullif(p.hukou_address, ''), p.home_address)
    else coalesce(nullif(p.home_address, ''), p.hukou_address) end""")


ODD_ADDRESS: Final = sql("create temp table odd_address (address text primary key, written text) on commit drop")


def odd_addresses() -> SQL:
    """The addresses that are not their own normal form: few, so `rules.text.search_form` writes each spelling once."""
    return sql(
        """select distinct x.address from picked k join person p on p.id = k.id
        cross join lateral (select {address} as address) x where x.address !~ {plain}""",
        address=_ADDRESS,
        plain=literal(f"^{search_form.plain}$"),
    )


def _walking() -> SQL:
    """`rules.addresses.walking_key` of x.address as PostgreSQL says it; a test holds them together."""
    text = sql("replace(coalesce(o.written, x.address, ''), ' ', '')")
    for prefix in PREFIXES:
        text = sql("regexp_replace({text}, {prefix}, '')", text=text, prefix=literal(prefix))
    return sql(
        "coalesce(nullif(regexp_replace(regexp_replace({text}, '(\\d+)', '00000\\1', 'g'), '\\d*(\\d{{6}})', '\\1', 'g'),"
        " ''), {nowhere})",
        text=text,
        nowhere=literal(NOWHERE),
    )


# A household is one door: its head's spelling of the address counts for all of it.
_IS_HEAD = sql("case when p.relation_to_head = '户主' then '0' else '1' end")
_DOOR = sql(
    """case when p.household_no is null then w.walking else first_value(w.walking) over (
    partition by p.office_path, p.household_no order by {is_head}, w.walking) end""",
    is_head=_IS_HEAD,
)
ADDRESS_KEY: Final = sql(
    "left({door} || ' ' || coalesce(p.household_no, {nowhere}) || ' ' || {is_head}, 400)",
    door=_DOOR,
    nowhere=literal(NOWHERE),
    is_head=_IS_HEAD,
)
_ASKS = [sql("case when {blank} then {item} end", blank=blank(item), item=literal(item)) for item in COMPLETE]

INSERT: Final = sql(
    """
    insert into survey_task (round_id, person_id, office_path, held_at, name, sex, birth_date, address, address_key,
        household_no, relation_to_head, phone, reasons, must_join, may_join, asks, suggestion, suggested_by_list, state, due_on,
        outcome, willing, visits, form_number, sent_back, sent_back_reason, second_due)
    select %(round)s, p.id, p.office_path, %(office)s, p.name, p.sex, p.birth_date, x.address, {address_key},
        p.household_no, p.relation_to_head, p.phone, r.reasons, a.must, a.may,
        {asks},
        coalesce(t.suggestion, case when p.hukou_status = 'MOVED_OUT' then {moved_out} end, ''),
        coalesce(t.words, case when p.hukou_status = 'MOVED_OUT' then '公安户籍：户籍状态为已迁出' end, ''),
        'PLANNED', %(due)s, '', '', 0, '', 0, '', false
    from picked k join person p on p.id = k.id join asked a on a.kind = k.kind
    left join told t on t.person_id = k.id
        and (t.suggestion = {dead} or p.hukou_status is distinct from 'MOVED_OUT')
    cross join lateral (select k.before || case when k.doubtful and a.is_reason then array[{may_join}] else '{{}}'::text[] end
        || k.after as reasons) r
    cross join lateral (select {address} as address) x
    left join odd_address o on o.address = x.address
    cross join lateral (select {walking} as walking) w
    where r.reasons <> '{{}}'""",
    address_key=ADDRESS_KEY,
    asks=_texts([*_ASKS, sql("case when a.work then 'occupation' end")]),
    moved_out=literal(Suggestion.MOVED_OUT),
    dead=literal(Suggestion.DEAD),
    may_join=literal(VisitReason.MAY_JOIN),
    address=_ADDRESS,
    walking=_walking(),
)

COUNT: Final = sql("""select reason, count(*) from survey_task, unnest(reasons) as reason where round_id = %(round)s group by 1
    union all select 'people', count(*) from survey_task where round_id = %(round)s
    union all select 'suggested', count(*) from survey_task where round_id = %(round)s and suggestion <> ''
    union all select 'no_village', count(*) from survey_task where round_id = %(round)s and length(office_path) < 18""")

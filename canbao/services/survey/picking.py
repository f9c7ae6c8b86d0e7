"""The SQL that puts people on the list of a round: who, for which reasons, and what a rule has to be asked for.

All of it works on sets and on temporary tables that end with the transaction. Parameters are named; see `parameters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final

from canbao.rules.addresses import NOWHERE, PREFIXES
from canbao.rules.answers import COMPLETE
from canbao.rules.duty import Gap
from canbao.rules.enrolment import ACTIVE, MEDICAL, PENSIONS
from canbao.rules.offices import scope_range
from canbao.rules.period import HERE
from canbao.rules.survey import Suggestion, VisitReason
from canbao.rules.visiting import BY_GAP, ONLY_LOCAL, infant_from
from canbao.store.models import SurveyRound


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


def parameters(round_: SurveyRound, *, on: date) -> dict[str, Any]:
    lowest, highest = scope_range(round_.office)
    since = round_.since_on or date.max
    return {
        "lo": lowest, "hi": highest, "on": on, "infant_from": infant_from(on), "since": since,
        "since_at": datetime.combine(since, time(), HERE), "round": round_.pk, "office": round_.office, "due": round_.due_on,
    }  # fmt: skip


# Registered now, in the range of the regulation (article 4; the dead have none) and not dead by the register.
ALIVE: Final = """p.office_path between %(lo)s and %(hi)s and p.scope is not null
    and (p.death_on is null or p.death_on > %(on)s) and p.hukou_status is distinct from 'DECEASED'"""
_UNINSURED = f"p.gap = '{Gap.NONE_AT_ALL}'"
_FIRST_SEEN = """(p.moved_in_on >= %(since)s or p.recorded_at >= %(since_at)s and (p.version = 1 or not exists (
    select from person_history h where h.person_id = p.id and lower(h.recorded) < %(since_at)s)))"""


def blank(item: str) -> str:
    """Whether the register has nothing for an item of a complete record, of whoever has to have it."""
    empty = f"p.{item} is null" if item == "birth_date" else f"coalesce(p.{item}, '') = ''"
    return f"({empty} and p.scope = 'LOCAL_HUKOU')" if item in ONLY_LOCAL else f"({empty})"


def conditions(round_: SurveyRound) -> dict[VisitReason, str]:
    """When each of the round's reasons is given; of MAY_JOIN when the rules have to be asked."""
    asked = " or ".join(blank(item) for item in COMPLETE if item in round_.asked_items) or "false"
    found = {reason: f"p.gap = '{gap}'" for reason, gap in BY_GAP.items()} | {
        VisitReason.MAY_JOIN: "(coalesce(e.in_pension <> e.in_medical, false) or coalesce(d.away_schemes, '') <> '')",
        VisitReason.NEWBORN: f"(p.scope = 'UNREGISTERED_NEWBORN' or (p.birth_date >= %(infant_from)s and {_UNINSURED}))",
        VisitReason.EXCHANGE: f"({_UNINSURED} and {_FIRST_SEEN})",
        VisitReason.INCOMPLETE: f"({asked})",
    }
    return {reason: found[reason] for reason in VisitReason if reason in round_.reasons and reason in found}


# What of a person decides what he must and may join: people who are alike in it are asked about once (`rules.circumstances`).
FACTS: Final = ("birth_date", "sex", "doc_type", "hukou_type", "hukou_status", "residence", "scope", "death_on")
ENROLLED: Final = ("scheme", "state", "source", "employer_no", "first_enrolled_on")
_KIND = f"jsonb_build_array({', '.join(f'p.{name}' for name in FACTS)}, d.occupation, d.away_schemes, e.rows)"
_ENROLLED = f"""
    select person_id,
        bool_or(state in ({_listed(ACTIVE)}) and scheme in ({_listed(PENSIONS)})) as in_pension,
        bool_or(state in ({_listed(ACTIVE)}) and scheme in ({_listed(MEDICAL)})) as in_medical,
        jsonb_agg(jsonb_build_array(scheme, state, source, coalesce(employer_no, '') <> '',
            case when scheme = 'EMPLOYEE_PENSION' then first_enrolled_on end) order by scheme, state, source, record_key) as rows
    from enrolment where office_path between %(lo)s and %(hi)s group by person_id"""


def pick(round_: SurveyRound) -> str:
    """Table picked(id, before, doubtful, after, kind): the reasons before and after MAY_JOIN in their order."""
    when = conditions(round_)
    places = list(VisitReason)
    middle = places.index(VisitReason.MAY_JOIN)

    def reasons(part: Iterable[VisitReason]) -> str:
        cases = [f"case when {when[one]} then '{one}' end" for one in part if one in when]
        return f"array_remove(array[{', '.join(cases)}]::text[], null)" if cases else "'{}'::text[]"

    return f"""
        create temp table picked on commit drop as
        select p.id, {reasons(places[:middle])} as before, {when.get(VisitReason.MAY_JOIN, "false")} as doubtful,
            {reasons(places[middle + 1 :])} as after, {_KIND} as kind
        from person p left join ({_ENROLLED}) e on e.person_id = p.id left join declaration d on d.person_id = p.id
        where {ALIVE} and ({" or ".join(when.values()) or "false"})"""


TABLES: Final = ("picked", "asked", "told", "explained")
ASKED: Final = (
    "create temp table asked (kind jsonb, must text[], may text[], is_reason boolean, work boolean) on commit drop",
    "analyze picked",
)

# Where he is looked for: the address that made the village responsible; sorted as one walks, numbers by their worth.
_ADDRESS = """case when p.scope = 'LOCAL_HUKOU' then coalesce(nullif(p.hukou_address, ''), p.home_address)
    else coalesce(nullif(p.home_address, ''), p.hukou_address) end"""


def _walking() -> str:
    """`rules.addresses.walking_key` of x.address as PostgreSQL says it; a test holds them together."""
    text = "regexp_replace(normalize(coalesce(x.address, ''), nfkc), '\\s', '', 'g')"
    for prefix in PREFIXES:
        text = f"regexp_replace({text}, '{prefix}', '')"
    padded = f"regexp_replace(regexp_replace({text}, '(\\d+)', '00000\\1', 'g'), '\\d*(\\d{{6}})', '\\1', 'g')"
    return f"coalesce(nullif({padded}, ''), '{NOWHERE}')"


# A household is one door: its head's spelling of the address counts for all of it.
_IS_HEAD = "case when p.relation_to_head = '户主' then '0' else '1' end"
_DOOR = f"""case when p.household_no is null then w.walking else first_value(w.walking) over (
    partition by p.office_path, p.household_no order by {_IS_HEAD}, w.walking) end"""
ADDRESS_KEY: Final = f"left({_DOOR} || ' ' || coalesce(p.household_no, '{NOWHERE}') || ' ' || {_IS_HEAD}, 400)"
_ASKS = ", ".join(f"case when {blank(item)} then '{item}' end" for item in COMPLETE)

INSERT: Final = f"""
    insert into survey_task (round_id, person_id, office_path, held_at, name, sex, birth_date, address, address_key,
        household_no, relation_to_head, phone, reasons, must_join, may_join, asks, suggestion, suggested_by_list, state, due_on,
        outcome, visits, form_number, sent_back, sent_back_reason, second_due)
    select %(round)s, p.id, p.office_path, %(office)s, p.name, p.sex, p.birth_date, x.address, {ADDRESS_KEY},
        p.household_no, p.relation_to_head, p.phone, r.reasons, a.must, a.may,
        array_remove(array[{_ASKS}, case when a.work then 'occupation' end]::text[], null),
        coalesce(t.suggestion, case when p.hukou_status = 'MOVED_OUT' then '{Suggestion.MOVED_OUT}' end, ''),
        coalesce(t.words, case when p.hukou_status = 'MOVED_OUT' then '公安户籍：户籍状态为已迁出' end, ''),
        'PLANNED', %(due)s, '', 0, '', 0, '', false
    from picked k join person p on p.id = k.id join asked a on a.kind = k.kind
    left join told t on t.person_id = k.id
        and (t.suggestion = '{Suggestion.DEAD}' or p.hukou_status is distinct from 'MOVED_OUT')
    cross join lateral (select k.before || case when k.doubtful and a.is_reason then array['{VisitReason.MAY_JOIN}'] else '{{}}'::text[] end
        || k.after as reasons) r
    cross join lateral (select {_ADDRESS} as address) x
    cross join lateral (select {_walking()} as walking) w
    where r.reasons <> '{{}}'"""

COUNT: Final = """select reason, count(*) from survey_task, unnest(reasons) as reason where round_id = %(round)s group by 1
    union all select 'people', count(*) from survey_task where round_id = %(round)s
    union all select 'suggested', count(*) from survey_task where round_id = %(round)s and suggestion <> ''
    union all select 'no_village', count(*) from survey_task where round_id = %(round)s and length(office_path) < 18"""

"""What must hold for any input."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from canbao.rules import identity, offices
from canbao.rules.approval import Decision, History, Refused, Stage, State, decide
from canbao.rules.codes import Scheme
from canbao.rules.division import load_tree
from canbao.rules.duty import DECISION_TABLE, DutyFacts, Employment, Gap, gap
from canbao.rules.period import Period
from canbao.rules.roles import Actor, Role

DAYS = st.dates(date(1990, 1, 1), date(2035, 1, 1))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = sorted(draw(st.lists(DAYS, min_size=2, max_size=2, unique=True)))
    return Period(draw(st.sampled_from([start, None])), draw(st.sampled_from([end, None])))


@st.composite
def numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2026, 1, 1)))
    first17 = f"500{draw(st.integers(900, 999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return first17 + identity.check_digit(first17)


@given(periods(), periods(), DAYS)
def test_what_is_left_and_what_was_taken_make_up_the_period(whole: Period, taken: Period, on: date) -> None:
    left = whole.subtract(taken)
    shared = whole.intersect(taken)
    parts = [*left, *([shared] if shared else [])]
    assert sum(part.contains(on) for part in parts) == whole.contains(on)
    assert whole.overlaps(taken) == taken.overlaps(whole) == (shared is not None)
    assert whole.covers(taken) == (taken.subtract(whole) == ())


@given(periods(), periods())
def test_periods_that_share_a_day_share_a_month(one: Period, two: Period) -> None:
    assert one.months().covers(one)
    if one.overlaps(two):
        assert one.shared_months(two)


@given(DAYS, st.integers(1, 400))
def test_a_period_has_as_many_months_as_its_days_fall_in(start: date, length: int) -> None:
    days = [start + timedelta(days=offset) for offset in range(length)]
    assert Period(start, days[-1] + timedelta(days=1)).month_count() == len({(day.year, day.month) for day in days})


@given(numbers(), st.data())
def test_any_single_error_in_a_number_is_noticed_and_can_be_undone(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 16))
    sign = data.draw(st.sampled_from("0123456789"))
    for damaged in (
        number[:place] + sign + number[place + 1 :],
        number[:place] + number[place + 1] + number[place] + number[place + 2 :],
        number[:place] + number[place + 1 :],
        number[:place] + sign + number[place:],
    ):
        assert damaged == number or (not identity.is_valid_citizen(damaged) and number in identity.repairs(damaged))


@given(numbers())
def test_a_valid_number_survives_a_round_trip(number: str) -> None:
    sent = " ".join(number.lower()).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    found = identity.examine("01", sent)
    assert (found.number, found.valid) == (number, True)
    assert identity.birth_of(number).strftime("%Y%m%d") == number[6:14]
    if number[6:8] == "19":
        assert identity.examine("01", number[:6] + number[8:17]).number == number


SENT = st.text(st.sampled_from("0123456789０１９XxＸ×＊*HMhmＥeP 　\u200b\ufeff\t无-（）"), max_size=20)


@given(st.one_of(st.text(max_size=25), SENT), st.sampled_from([*identity.KIND_OF_TYPE, "99", None]))
def test_any_text_can_be_examined(text: str, doc_type: str | None) -> None:
    found = identity.examine(doc_type, text)
    assert found.valid == (not set(found.problems) - identity.WARNINGS)


@given(SENT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert identity.clean(identity.clean(text)) == identity.clean(text)


@given(st.sampled_from(sorted(code for code in load_tree().codes(date(2023, 6, 30)))), DAYS)
def test_every_division_has_one_office_that_exists_that_day(code: str, on: date) -> None:
    path = offices.office_path(code, on)
    held = [office for office in offices.offices() if office.path == path]
    assert len(held) == 1
    assert held[0].period.contains(on)
    assert held[0].parent == "" or path.startswith(held[0].parent) or held[0].parent == "50"


ACTORS = [Actor(name, Role.TOWN_CLERK) for name in "甲乙丙丁"]
MOVES = st.lists(st.tuples(st.sampled_from(Decision), st.sampled_from(ACTORS)), max_size=14)
AT = datetime(2026, 11, 1, tzinfo=UTC)


@given(st.sampled_from([(Stage.APPROVAL,), (Stage.REVIEW, Stage.APPROVAL)]), MOVES)
def test_no_path_through_approval_skips_a_stage_and_nobody_decides_twice(
    stages: tuple[Stage, ...], moves: list[tuple[Decision, Actor]]
) -> None:
    history = History(stages)
    for decision, actor in moves:
        try:
            history = history.take(decide(history, decision, by=actor, at=AT, reason="理由"))
        except Refused:
            continue
    checkers = [step.by for step in history.round if step.decision is not Decision.WITHDRAW]
    assert len(set(checkers)) == len(checkers)
    assert not set(checkers) & history.makers
    if history.state is State.APPROVED:
        assert tuple(step.stage for step in history.round) == stages
        assert all(step.decision is Decision.APPROVE for step in history.round)
    assert not any(step.is_last for step in history.steps[:-1])


@given(
    st.frozensets(st.sampled_from(Scheme)),
    st.frozensets(st.sampled_from(Scheme)),
    st.booleans(),
    st.sampled_from(Employment),
    st.booleans(),
)
def test_everybody_falls_into_one_group_and_the_uninsured_are_never_called_insured(
    active: frozenset[Scheme], interrupted: frozenset[Scheme], drawing: bool, employment: Employment, elsewhere: bool
) -> None:
    facts = DutyFacts(active, interrupted, drawing, employment, elsewhere)
    answer = gap(facts, on=date(2026, 11, 1))
    if not active and not drawing and not elsewhere:
        assert answer is (Gap.LAPSED if interrupted else Gap.NONE_AT_ALL)
    assert DECISION_TABLE

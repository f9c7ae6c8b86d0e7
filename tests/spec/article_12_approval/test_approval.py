"""第十二、十九条: review, approval, sending back; maker and checker are two people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from canbao.rules.approval import (
    Decision,
    History,
    NoReason,
    NotTheMaker,
    Refused,
    SamePerson,
    Stage,
    WrongStage,
    decide,
)
from canbao.rules.roles import Actor, Role

AT = datetime(2026, 11, 1, tzinfo=UTC)
TWO_STAGES = (Stage.REVIEW, Stage.APPROVAL)
ERRORS = {error.__name__: error for error in (SamePerson, WrongStage, NotTheMaker, NoReason)}


def play(story: str, stages: tuple[Stage, ...]) -> History:
    history = History(stages)
    for act in story.split():
        who, decision = act.split(":")
        by = Actor(who, Role.TOWN_CLERK)
        history = history.take(decide(history, Decision(decision.upper()), by=by, at=AT, reason="材料不全"))
    return history


def test_how_a_request_ends(table):
    for row in table("""
        stages | story                                                                 | ends
        2      |                                                                       | DRAFT
        2      | 甲:submit                                                             | SUBMITTED
        2      | 甲:submit 乙:approve                                                  | REVIEWED
        2      | 甲:submit 乙:approve 丙:approve                                       | APPROVED
        1      | 甲:submit 乙:approve                                                  | APPROVED
        2      | 甲:submit 乙:refuse                                                   | REFUSED
        2      | 甲:submit 乙:approve 丙:send_back                                     | SENT_BACK
        2      | 甲:submit 乙:approve 丙:send_back 甲:submit                           | SUBMITTED
        2      | 甲:submit 乙:approve 丙:send_back 甲:submit 乙:approve                | REVIEWED
        2      | 甲:submit 乙:approve 丙:send_back 甲:submit 乙:approve 丙:approve     | APPROVED
        2      | 甲:submit 甲:withdraw                                                 | WITHDRAWN
        2      | 甲:submit 乙:send_back 甲:withdraw                                    | WITHDRAWN
        2      | 甲:submit 甲:approve                                                  | SamePerson
        2      | 甲:submit 乙:approve 乙:approve                                       | SamePerson
        2      | 甲:submit 乙:approve 甲:approve                                       | SamePerson
        2      | 甲:submit 乙:send_back 丁:submit 甲:approve                           | SamePerson
        2      | 甲:submit 乙:withdraw                                                 | NotTheMaker
        2      | 乙:approve                                                            | WrongStage
        2      | 甲:submit 甲:submit                                                   | WrongStage
        1      | 甲:submit 乙:approve 丙:approve                                       | WrongStage
        2      | 甲:submit 乙:refuse 甲:submit                                         | WrongStage
    """):
        stages = TWO_STAGES[2 - int(row["stages"]) :]
        if row["ends"] in ERRORS:
            with pytest.raises(ERRORS[row["ends"]]):
                play(row["story"], stages)
        else:
            assert play(row["story"], stages).state == row["ends"], row


def test_sending_back_needs_a_reason():
    history = play("甲:submit", TWO_STAGES)
    with pytest.raises(NoReason):
        decide(history, Decision.SEND_BACK, by=Actor("乙", Role.TOWN_REVIEWER), at=AT, reason=" ")


def test_a_decision_meant_for_another_stage_is_refused():
    history = play("甲:submit 乙:approve", TWO_STAGES)
    with pytest.raises(Refused):
        decide(history, Decision.APPROVE, by=Actor("丙", Role.TOWN_REVIEWER), at=AT, stage=Stage.REVIEW)
    step = decide(history, Decision.APPROVE, by=Actor("丙", Role.DISTRICT_APPROVER), at=AT, stage=Stage.APPROVAL)
    assert step.is_last

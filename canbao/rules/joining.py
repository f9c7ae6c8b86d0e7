"""Which schemes somebody must join (应参加: the employer owes it) and may join (可以个人身份参加) on a day, and why.

The table below is the law at hand, dated: one line for one scheme, one duty, some occupations. Lines that no text at hand confirms
say so: they are shown to the clerk as a question and never demanded or printed as owed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from canbao.rules.article import article
from canbao.rules.circumstances import Circumstances, Occupation, Origin
from canbao.rules.codes import Scheme
from canbao.rules.duty import Duty, counted
from canbao.rules.enrolment import MEDICAL, PENSIONS
from canbao.rules.period import Period
from canbao.rules.retirement import RISES_FROM, line_of, months_after, reaches, retires_on

_O = Occupation
_STAFF = frozenset({_O.EMPLOYEE, _O.ASSOCIATION_STAFF, _O.OWNERS_EMPLOYEE})
_PUBLIC = frozenset({_O.CIVIL_SERVANT, _O.INSTITUTION_STAFF, _O.PUBLIC_SECTOR})
EMPLOYED = _STAFF | _PUBLIC
_FREE = frozenset({_O.FLEXIBLE_WORKER, _O.SOLE_PROPRIETOR})
_AWAY = frozenset({_O.AWAY_INSURED, _O.AWAY_UNINSURED})

_LAW = Period(date(2011, 7, 1))  # 社会保险法
_APART, _TOGETHER = Period(date(2011, 7, 1), date(2020, 1, 1)), Period(date(2020, 1, 1))  # maternity and medical
_REFORM = Period(date(2014, 10, 1))  # 机关事业单位养老保险改革
_FOREIGNERS_FROM, _HK_MACAO_TAIWAN_FROM = date(2011, 10, 15), date(2020, 1, 1)
_LATE_MONTHS = 36  # 弹性延迟退休, by agreement with the employer


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: who, which scheme, must or may, in which time, under which condition, by which law, in one sentence."""

    scheme: Scheme
    duty: Duty
    who: frozenset[Occupation]
    during: Period
    law: str
    why: str
    when: Callable[[Circumstances, date], bool]
    confirmed: bool = True

    def applies(self, person: Circumstances, on: date) -> bool:
        """Does the line speak of this person on this day?"""
        return occupation_in_law(person) in self.who and self.during.contains(on) and self.when(person, on)


@dataclass(frozen=True, slots=True)
class Applies:
    """A scheme that applies to a person. met: he is in it; stopped: he was; instead: the other one of which only one can be joined."""

    scheme: Scheme
    duty: Duty
    met: bool
    stopped: bool
    law: str
    why: str
    confirmed: bool
    instead: Scheme | None = None


def occupation_in_law(person: Circumstances) -> Occupation:
    """Somebody who was granted a pension is a pensioner, whatever work is done besides."""
    return _O.RETIRED if person.retired_from else person.occupation


def _can_be_employed(person: Circumstances, on: date) -> bool:
    """From 16 to retirement; later only by agreement, which shows in the pension that the employer goes on paying."""
    if person.origin in (Origin.FOREIGNER, Origin.PERMANENT_FOREIGNER) and on < _FOREIGNERS_FROM:
        return False
    if person.origin is Origin.HK_MACAO_TAIWAN and on < _HK_MACAO_TAIWAN_FROM:
        return False
    if person.born is None:
        return True
    retires = retires_on(person.born, line_of(person.sex))
    agreed = (
        retires >= RISES_FROM
        and person.occupation is not _O.CIVIL_SERVANT
        and bool(person.by_employer & PENSIONS)
        and on < months_after(retires, _LATE_MONTHS)
    )
    return reaches(person.born, 16) <= on and (on < retires or agreed)


def _sixteen(person: Circumstances, on: date) -> bool:
    return person.born is not None and reaches(person.born, 16) <= on


def _before_retirement(person: Circumstances, on: date) -> bool:
    line = line_of(person.sex, joined_alone_on=person.joined_on)
    return person.born is not None and on < retires_on(person.born, line)


def _lives_or_works_here(person: Circumstances, on: date) -> bool:
    """Locals; from other provinces who works flexibly here or lives here; from Hong Kong, Macao, Taiwan with a residence permit."""
    if person.origin is Origin.LOCAL:
        return True
    if person.origin is Origin.ELSEWHERE:
        return person.occupation in _FREE or person.resident
    return _with_permit(person, on) and person.occupation in _FREE


def _with_permit(person: Circumstances, on: date) -> bool:
    return person.origin is Origin.HK_MACAO_TAIWAN and person.resident and on >= _HK_MACAO_TAIWAN_FROM


def _pension_alone(person: Circumstances, on: date) -> bool:
    return _sixteen(person, on) and _before_retirement(person, on) and _lives_or_works_here(person, on)


def _pension_longer(person: Circumstances, on: date) -> bool:
    """Past retirement age, in the scheme and without a pension yet: goes on until the years are enough."""
    held = person.active | person.stopped
    return Scheme.EMPLOYEE_PENSION in held and person.born is not None and not _before_retirement(person, on)


def _medical_alone(person: Circumstances, on: date) -> bool:
    """Locals below 60 without an employer; others below 60 (men) and 55 (women) who work flexibly here."""
    if not _sixteen(person, on) or person.born is None:
        return False
    if person.origin is Origin.LOCAL:
        return on < reaches(person.born, 60)
    last = 55 if person.sex == "2" else 60
    return person.occupation in _FREE and _lives_or_works_here(person, on) and on < reaches(person.born, last)


def _away_local(person: Circumstances, on: date) -> bool:
    return person.origin is Origin.LOCAL and _sixteen(person, on)


def _resident_pension(person: Circumstances, on: date) -> bool:
    if person.origin is Origin.LOCAL:
        return _sixteen(person, on)
    return _with_permit(person, on) and person.occupation is _O.NOT_WORKING and _sixteen(person, on)


def _resident_medical(person: Circumstances, on: date) -> bool:
    if person.origin is Origin.LOCAL or person.newborn:
        return True
    if person.origin is Origin.HK_MACAO_TAIWAN:
        return on >= _HK_MACAO_TAIWAN_FROM and (person.resident or person.occupation is _O.STUDENT)
    if person.origin is Origin.ELSEWHERE:
        return person.resident or person.occupation is _O.STUDENT
    return person.origin is Origin.PERMANENT_FOREIGNER


def _drew_employee_pension(person: Circumstances, on: date) -> bool:
    return Scheme.EMPLOYEE_PENSION in person.retired_from


_S, _MUST, _MAY = Scheme, Duty.MUST, Duty.MAY
_OWNER, _IDLE = frozenset({_O.EMPLOYING_OWNER}), frozenset({_O.NOT_WORKING})
_CIVIL, _INSTITUTION = frozenset({_O.CIVIL_SERVANT}), frozenset({_O.INSTITUTION_STAFF})
_UNKNOWN, _RETIRED = frozenset({_O.PUBLIC_SECTOR}), frozenset({_O.RETIRED})
_STUDENT = frozenset({_O.STUDENT})
_MERGED = "国办发〔2019〕10号"
_OWNER_WHY = "有雇工的个体工商户雇主本人是否应当参加，各地做法不一，待市级确认。"
_STAFFING_WHY = "事业单位在编职工应当参加，公务员不适用；未申报编制，请核实。"

RULES: tuple[Rule, ...] = (
    Rule(_S.EMPLOYEE_PENSION, _MUST, _STAFF, _LAW, "社会保险法第十条",
         "职工应当参加基本养老保险，由用人单位和职工共同缴费。", _can_be_employed),
    Rule(_S.PUBLIC_SECTOR_PENSION, _MUST, _PUBLIC, _REFORM, "社会保险法第十条、国发〔2015〕2号",
         "机关、参公单位和事业单位编制内人员应当参加机关事业单位养老保险。", _can_be_employed),
    Rule(_S.EMPLOYEE_MEDICAL, _MUST, EMPLOYED, _LAW, "社会保险法第二十三条",
         "职工应当参加职工基本医疗保险，由用人单位和职工共同缴费。", _can_be_employed),
    Rule(_S.UNEMPLOYMENT, _MUST, _STAFF | _INSTITUTION, _LAW, "社会保险法第四十四条",
         "职工应当参加失业保险，由用人单位和职工共同缴费。", _can_be_employed),
    Rule(_S.UNEMPLOYMENT, _MUST, _UNKNOWN, _LAW, "社会保险法第四十四条", _STAFFING_WHY, _can_be_employed, False),
    Rule(_S.WORK_INJURY, _MUST, _STAFF | _INSTITUTION, _LAW, "社会保险法第三十三条",
         "职工应当参加工伤保险，由用人单位缴费，职工不缴费。", _can_be_employed),
    Rule(_S.WORK_INJURY, _MUST, _CIVIL | _UNKNOWN, _LAW, "社会保险法第三十三条",
         "公务员和参公人员的工伤保险按当地规定办理，请核实编制和规定。", _can_be_employed, False),
    Rule(_S.MATERNITY, _MUST, EMPLOYED, _APART, "社会保险法第五十三条",
         "职工应当参加生育保险，由用人单位缴费，职工不缴费。", _can_be_employed),
    Rule(_S.MATERNITY, _MUST, EMPLOYED, _TOGETHER, f"社会保险法第五十三条、{_MERGED}",
         "生育保险与职工基本医疗保险合并实施，随职工医保同步参加，由用人单位缴费。", _can_be_employed),
    # The employer himself: shown as a question, not as owed.
    Rule(_S.EMPLOYEE_PENSION, _MUST, _OWNER, _LAW, "社会保险法第十条", _OWNER_WHY, _pension_alone, False),
    Rule(_S.EMPLOYEE_MEDICAL, _MUST, _OWNER, _LAW, "社会保险法第二十三条", _OWNER_WHY, _medical_alone, False),
    Rule(_S.UNEMPLOYMENT, _MAY, _OWNER, _LAW, "社会保险法第四十四条", _OWNER_WHY, _pension_alone, False),
    Rule(_S.WORK_INJURY, _MAY, _OWNER, _LAW, "社会保险法第三十三条", _OWNER_WHY, _pension_alone, False),

    Rule(_S.EMPLOYEE_PENSION, _MAY, _FREE | _IDLE, _LAW, "社会保险法第十条",
         "年满16周岁、未到退休年龄，未在用人单位参保的，可以个人身份参加，由个人缴费，不限户籍。", _pension_alone),
    Rule(_S.EMPLOYEE_PENSION, _MAY, _AWAY, _LAW, "社会保险法第十条",
         "本市户籍，在市外就业而未由用人单位参保的，可以个人身份参加。",
         lambda person, on: _away_local(person, on) and _before_retirement(person, on)),
    Rule(_S.EMPLOYEE_PENSION, _MAY, _FREE | _IDLE | _AWAY | _OWNER, _LAW, "社会保险法第十六条",
         "已到退休年龄、缴费年限不足而未领取养老金的，可以继续缴费至最低年限。", _pension_longer),
    Rule(_S.EMPLOYEE_MEDICAL, _MAY, _FREE | _IDLE, _LAW, "社会保险法第二十三条",
         "本市户籍年满16周岁无用人单位的，以及外地户籍在本市灵活就业的，可以个人身份参加，由个人缴费。", _medical_alone),
    Rule(_S.EMPLOYEE_MEDICAL, _MAY, _AWAY, _LAW, "社会保险法第二十三条",
         "本市户籍，在市外就业而未由用人单位参保的，可以个人身份参加。",
         lambda person, on: _away_local(person, on) and _medical_alone(person, on)),
    Rule(_S.EMPLOYEE_MEDICAL, _MAY, _RETIRED, _LAW, "社会保险法第二十三条",
         "在本市领取职工养老待遇的，可以参加职工基本医疗保险。", _drew_employee_pension),
    Rule(_S.RESIDENT_PENSION, _MAY, _FREE | _IDLE | _AWAY, _LAW, "社会保险法第二十、二十二条，国发〔2014〕8号",
         "年满16周岁、非在校学生、未参加职工和机关事业单位养老保险的，可以在户籍地自愿参加。", _resident_pension),
    Rule(_S.RESIDENT_MEDICAL, _MAY, _FREE | _IDLE | _AWAY | _RETIRED | _STUDENT, _LAW, "社会保险法第二十四、二十五条",
         "未参加职工基本医疗保险的本市户籍居民、在校学生、新生儿和持居住证的常住人员，可以自愿参加。", _resident_medical),
)  # fmt: skip
_FAMILIES = (PENSIONS, MEDICAL)


@article(3, 16)
def duties(person: Circumstances, *, on: date) -> tuple[Applies, ...]:
    """What a person must and may join on a day, in the order of the form; what is missing from the answer is not open to him.

    Somebody who is in one pension or medical scheme cannot join another beside it; of two that are open one can be joined.
    """
    if person.dead:
        return ()
    held = counted(person.active, on)
    rules = {rule.scheme: rule for rule in reversed(RULES) if rule.applies(person, on)}
    wanted = [
        scheme
        for scheme in Scheme
        if scheme in rules and (rules[scheme].duty is _MUST or not _shut_out(scheme, held | person.elsewhere))
    ]
    return tuple(_applies(rules[scheme], person, held, wanted) for scheme in wanted)


def _shut_out(scheme: Scheme, held: frozenset[Scheme]) -> bool:
    """He is in the other one already, or insured for the same outside the city."""
    return scheme not in held and any(scheme in family and family & held for family in _FAMILIES)


def _applies(rule: Rule, person: Circumstances, held: frozenset[Scheme], wanted: list[Scheme]) -> Applies:
    met = rule.scheme in held or rule.scheme in person.elsewhere
    others = [
        other
        for family in _FAMILIES
        if rule.scheme in family and rule.duty is _MAY and not met
        for other in wanted
        if other in family and other is not rule.scheme
    ]
    return Applies(
        scheme=rule.scheme,
        duty=rule.duty,
        met=met,
        stopped=rule.scheme in person.stopped,
        law=rule.law,
        why=rule.why,
        confirmed=rule.confirmed,
        instead=others[0] if others else None,
    )

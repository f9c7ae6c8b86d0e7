"""What every column of the register says about somebody, and in which way it is hidden (个人信息保护法; GB/T 35273).

A column is declared by its name, or as table.column where the same name means something else in that table; tables that are not
about the people of the register are declared aside. A structure test walks all models: a new column fails until it is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Level(StrEnum):
    """PERSONAL: says something about a person. SENSITIVE: could harm, if it came out (敏感个人信息)."""

    PUBLIC = "PUBLIC"
    PERSONAL = "PERSONAL"
    SENSITIVE = "SENSITIVE"


class Kind(StrEnum):
    """The way a value is hidden; NAME and BIRTH only in what leaves the bureau."""

    NONE = "NONE"
    NAME = "NAME"
    NUMBER = "NUMBER"
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    CARD = "CARD"
    BIRTH = "BIRTH"
    KEY = "KEY"  # a source's key of a row: stays, unless it is or contains a citizen number
    TEXT = "TEXT"  # written by hand: the numbers in it


@dataclass(frozen=True, slots=True)
class Privacy:
    level: Level
    kind: Kind = Kind.NONE


class Undeclared(LookupError):
    """A column nobody has said anything about."""


PUBLIC = Privacy(Level.PUBLIC)
_P, _S = Level.PERSONAL, Level.SENSITIVE

_DECLARED: dict[Privacy, str] = {
    Privacy(_S, Kind.NUMBER): """
        doc_number number mother_number birth_certificate person_no qq""",
    Privacy(_S, Kind.KEY): "record_key record_keys a_key b_key",
    Privacy(_S, Kind.CARD): "card_no card_account",
    Privacy(_P, Kind.PHONE): "phone landline",
    Privacy(_P, Kind.ADDRESS): "hukou_address home_address address address_key post_address moved_in_from",
    Privacy(_P, Kind.NAME): "name former_name name_key name_sound",
    Privacy(_P, Kind.BIRTH): "birth_date",
    Privacy(_P, Kind.NUMBER): "household_no",
    Privacy(_P, Kind.TEXT): """
        reason note remark extra basis closed_basis detail fact_decision.value match_case_record.facts match_bulk.pattern
        suggested_by_list sent_back_reason settled_reason removed_reason letter_reason paper_number issuer before after
        answers explained alike email earlier others""",
    Privacy(_S): "death_on from_on until_on",
    Privacy(_P): """
        id person_id person_ids from_person_id into_person_id target_id sex ethnicity doc_type number_disputed sources
        hukou_type hukou_division hukou_status relation_to_head moved_in_on home_division residence scope gap
        office_path card_status made division members
        scheme source state enrol_status payment_status first_enrolled_on spell_from spell_to pension_since capacity
        employer_no enrolment_division field subject same agrees a_source b_source kind area
        occupation work_in work_out away_schemes post_code reason_not_enrolled
        base_path town village village_path rule
        found_id reasons must_join may_join suggestion state outcome signer has_mandate stood withheld fates differs items item reached
        willing joins_in reason_until outreach""",
    PUBLIC: """
        history_id version valid_from recorded_at valid recorded decided_by decided_at merged_by merged_at
        unmerged_by unmerged_at case_id place first_run_id last_run_id turn claimed_by claimed_at bulk_id account at until
        match_case_opinion.number last_case_id found settled skipped asked_by asked_at checked_by checked_at
        registration_form.number person_version masked printed_by printed_at form_number job_id letter stages steps
        round_id task_id held_at left_at asks due_on dispatched_at visits visited_at handed_in_at returned_by returned_at
        entered_by entered_at closed_at sent_back second_due client_id receipt digest turn edition seconds saved_at done_at
        found_by found_at settled_by settled_at reported_by reported_at drawn_by drawn_at called_by called_at
        archive_class keep_years issued_on added_by added_at removed_by removed_at evidence_id evidence_ids media_type pages
        size scanned unsettled
        people in_village share rule_version act of_act ended
        recorded_by ended_by ended_at undone_by undone_at event role office target_kind terminal request login backend why""",
}
PRIVACY: Final[Mapping[str, Privacy]] = MappingProxyType(
    {column: label for label, columns in _DECLARED.items() for column in columns.split()}
)

# Tables without an area: nothing in them says anything about anybody the register is about. The second group tells of the
# staff, by whom and of whom its pages are read (accounts, audit); it is not masked.
_HOUSE: dict[str, str] = {
    "division": "id code name level parent valid_from valid_to",
    "division_successor": "id old old_parent new new_parent changed_on towns note",
    "office": "path kind name parent valid_from valid_to",
    "office_coverage": "id office division valid_from valid_to",
    "code_entry": "id code_table code label valid_from valid_to note",
    "code_mapping": "id code_table source raw code",
    "employer": "source employer_no uscc name",
    "delivery": "id source kind as_of digest manifest files state refusal rows received_by received_at",
    "batch": """id delivery base status counts changed_fields by_district warnings conflicts breakers prepared_by prepared_at
        released_first_by released_first_at released_second_by released_second_at release_reasons committed_by committed_at
        reversed_by reversed_at reverse_reason state_path state_digest state_rows""",
    "source_state": "source batch path digest rows as_of",
    "village_sign": "town sign text village people",
    "village_trial": "town rule band people was_right",
    "village_run": "id whole towns rule_version counts history_mark enrolment_mark oldest_open next_open began_at run_by run_at",
    "match_run": """id state rule_version engine inputs counts folder next_person_id started_by started_at applied_at
        retracted_at""",
    "journal_seal": "id from_id to_id count leaves prev_digest digest sealed_at",
    "alarm_position": "id scanned_to",
    "policy_setting": "name value changed_by changed_at reason",
    "key_check": "name value recorded_at",
    "api_client": """id name department basis purposes fields office quota token_digest registered_by registered_at granted_by
        granted_at stopped_by stopped_at stop_reason""",
    "api_use": "id client on count",
    "survey_round": """id name office reasons asked_items since_on due_on second_percent call_percent note state counts opened_by
        opened_at built_at closed_by closed_at""",
}
_STAFF: dict[str, str] = {
    "account": """password last_login id name real_name staff_number office is_active active_since disabled_by disabled_at disabled_reason
        must_change_password password_set_at created_by created_at""",
    "post": "id account role office valid_from valid_to asked_by asked_at granted_by granted_at",
    "post_request": """id kind account post role office valid_from valid_to reason state steps asked_by asked_at settled_by
        settled_at""",
    "credential_reset": """id number secret_digest account lost state steps started_at expires_at address agent reason asked_by
        asked_at settled_by settled_at done_at done_address told_at""",
    "password_used": "id account hash used_at",
    "upload_use": "id account on size uploads",
    "submission": "id account page digest status location at",
    "session": "session_key session_data expire_date account_id started_at passed_at seen_at ended_at ended_why address agent",
    "job": """id kind label arguments state stage done total result message requested_by requested_role requested_office
        requested_at started_at finished_at cancel_asked_at heartbeat_at attempts queue_number""",
    "look_count": "id account budget day in_day hour in_hour",
    "budget_lift": """id budget amount hours reason role office state steps asked_by asked_at settled_by settled_at
        valid_until""",
    "alarm": "id kind subject office count first_id last_id from_at to_at raised_at state note settled_by settled_at",
}
ASIDE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {table: frozenset(columns.split()) for table, columns in (_HOUSE | _STAFF).items()}
)


def privacy_of(column: str, table: str = "") -> Privacy:
    """Raises Undeclared."""
    if table in ASIDE:
        if column in ASIDE[table]:
            return PUBLIC if table in _HOUSE else Privacy(_P)
    else:
        for name in (f"{table}.{column}", column):
            if name in PRIVACY:
                return PRIVACY[name]
    raise Undeclared(table, column)


def kind_of(column: str, table: str = "") -> Kind:
    """How a value under this name is hidden; names that are no column are not."""
    try:
        return privacy_of(column, table).kind
    except Undeclared:
        return Kind.NONE

"""Every model of the register, one file per aggregate."""

from canbao.store.models.account import Account, Post, PostRequest, RequestKind
from canbao.store.models.alarm import Alarm, AlarmPosition, AlarmState
from canbao.store.models.budget import BudgetLift, LookCount
from canbao.store.models.client import ApiClient, ApiUse
from canbao.store.models.declaration import Declaration, DeclarationHistory
from canbao.store.models.enrolment import Employer, Enrolment, EnrolmentHistory, ListedSpell, ListedSpellHistory
from canbao.store.models.evidence import ChangeRequest, Evidence, EvidenceFile
from canbao.store.models.factor import Totp, sealed_key
from canbao.store.models.form import RegistrationForm
from canbao.store.models.intake import Batch, BatchStatus, Delivery, DeliveryState, SourceState
from canbao.store.models.job import Job, JobState
from canbao.store.models.journal import JournalEntry, JournalSeal
from canbao.store.models.key_check import KeyCheck
from canbao.store.models.matching import (
    UNDECIDED,
    BulkState,
    CaseState,
    FactDecision,
    MatchBulk,
    MatchCase,
    MatchCaseOpinion,
    MatchCaseRecord,
    MatchDecision,
    MatchRun,
    PersonMerge,
    RunState,
)
from canbao.store.models.person import (
    BusinessNumber,
    BusinessNumberHistory,
    Card,
    Household,
    OfficeRecord,
    Person,
    PersonDocument,
    PersonDocumentHistory,
    PersonHistory,
)
from canbao.store.models.policy import PasswordUsed, PolicySetting
from canbao.store.models.reference import (
    CodeEntry,
    CodeMapping,
    Division,
    DivisionSuccessor,
    Office,
    OfficeCoverage,
)
from canbao.store.models.reset import CredentialReset, Lost
from canbao.store.models.session import Session
from canbao.store.models.submission import Submission
from canbao.store.models.survey import (
    EntryKind,
    FormEntry,
    FormReturn,
    FoundPerson,
    FoundState,
    RoundState,
    SurveyCall,
    SurveyRound,
    SurveyTask,
    SurveyTaskLeft,
    SurveyVisit,
)
from canbao.store.models.unmasking import Unmasking
from canbao.store.models.upload import UploadUse
from canbao.store.models.village import (
    VillageAct,
    VillageActBefore,
    VillageAssignment,
    VillageAssignmentHistory,
    VillageRun,
    VillageSign,
    VillageTrial,
)

__all__ = [
    "UNDECIDED",
    "Account",
    "Alarm",
    "AlarmPosition",
    "AlarmState",
    "ApiClient",
    "ApiUse",
    "Batch",
    "BatchStatus",
    "BudgetLift",
    "BulkState",
    "BusinessNumber",
    "BusinessNumberHistory",
    "Card",
    "CaseState",
    "ChangeRequest",
    "CodeEntry",
    "CodeMapping",
    "CredentialReset",
    "Declaration",
    "DeclarationHistory",
    "Delivery",
    "DeliveryState",
    "Division",
    "DivisionSuccessor",
    "Employer",
    "Enrolment",
    "EnrolmentHistory",
    "EntryKind",
    "Evidence",
    "EvidenceFile",
    "FactDecision",
    "FormEntry",
    "FormReturn",
    "FoundPerson",
    "FoundState",
    "Household",
    "Job",
    "JobState",
    "JournalEntry",
    "JournalSeal",
    "KeyCheck",
    "ListedSpell",
    "ListedSpellHistory",
    "LookCount",
    "Lost",
    "MatchBulk",
    "MatchCase",
    "MatchCaseOpinion",
    "MatchCaseRecord",
    "MatchDecision",
    "MatchRun",
    "Office",
    "OfficeCoverage",
    "OfficeRecord",
    "PasswordUsed",
    "Person",
    "PersonDocument",
    "PersonDocumentHistory",
    "PersonHistory",
    "PersonMerge",
    "PolicySetting",
    "Post",
    "PostRequest",
    "RegistrationForm",
    "RequestKind",
    "RoundState",
    "RunState",
    "Session",
    "SourceState",
    "Submission",
    "SurveyCall",
    "SurveyRound",
    "SurveyTask",
    "SurveyTaskLeft",
    "SurveyVisit",
    "Totp",
    "Unmasking",
    "UploadUse",
    "VillageAct",
    "VillageActBefore",
    "VillageAssignment",
    "VillageAssignmentHistory",
    "VillageRun",
    "VillageSign",
    "VillageTrial",
    "sealed_key",
]

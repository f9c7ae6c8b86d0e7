"""Other systems at the counter: registered, granted, switched off; what they ask is counted and on record (art. 19)."""

from canbao.services.clients.asking import QuotaSpent, UnknownPurpose, look_up, note_wrong_token
from canbao.services.clients.keeping import (
    Client,
    NameTaken,
    NoSuchToken,
    WrongState,
    all_clients,
    authenticate,
    client,
    grant,
    issue_token,
    register,
    stop,
)

__all__ = [
    "Client",
    "NameTaken",
    "NoSuchToken",
    "QuotaSpent",
    "UnknownPurpose",
    "WrongState",
    "all_clients",
    "authenticate",
    "client",
    "grant",
    "issue_token",
    "look_up",
    "note_wrong_token",
    "register",
    "stop",
]

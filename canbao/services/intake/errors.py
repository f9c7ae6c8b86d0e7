"""What an intake act cannot do, each named for it."""

from __future__ import annotations


class NoSuchBatch(LookupError):
    """No batch of that number."""

    def __init__(self, batch_id: int) -> None:
        super().__init__(batch_id)
        self.batch_id = batch_id


class SamePerson(Exception):
    """The account that receives does not approve or commit; two approvals are two people's; the first of them does not commit."""

    def __init__(self, account: str, act: str) -> None:
        super().__init__(account, act)
        self.account = account
        self.act = act


class WrongStatus(Exception):
    """The batch is past or not yet at this step."""

    def __init__(self, batch_id: int, status: str) -> None:
        super().__init__(batch_id, status)
        self.batch_id = batch_id
        self.status = status


class BatchHeld(Exception):
    """Circuit breakers tripped; two people must release the batch."""

    def __init__(self, batch_id: int, breakers: list[dict[str, str]]) -> None:
        super().__init__(batch_id, breakers)
        self.batch_id = batch_id
        self.breakers = breakers


class PreviewChanged(Exception):
    """The state moved on and more records would change or end than the preview said; it must be looked at again."""

    def __init__(self, batch_id: int, before: dict[str, int], after: dict[str, int]) -> None:
        super().__init__(batch_id, before, after)
        self.batch_id = batch_id
        self.before = before
        self.after = after


class LaterBatchDepends(Exception):
    """A later batch of the same source stands on this one."""

    def __init__(self, batch_id: int, later_id: int) -> None:
        super().__init__(batch_id, later_id)
        self.batch_id = batch_id
        self.later_id = later_id


class DeliveryBusy(Exception):
    """Another process is receiving the same delivery at this moment."""

"""Why a delivery cannot be taken, with the facts apart from the sentence."""

from __future__ import annotations

from datetime import date


class DeliveryRefused(ValueError):
    """A delivery that is refused whole: `code`, the file, and the sentence a clerk reads.

    stated: source, kind and date, where a manifest that is refused says them in a form that can be listed.
    """

    def __init__(self, code: str, sentence: str, *, file: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.file = file
        self.sentence = sentence
        self.stated: tuple[str, str, date] | None = None

"""Why a delivery cannot be taken, with the facts apart from the sentence."""

from __future__ import annotations


class DeliveryRefused(ValueError):
    """A delivery that is refused whole: `code`, the file, and the sentence a clerk reads."""

    def __init__(self, code: str, sentence: str, *, file: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.file = file
        self.sentence = sentence

"""Why a delivery cannot be taken, with the facts apart from the sentence."""

from __future__ import annotations

from datetime import date

from canbao.outside.files.names import printable
from canbao.rules.masking import mask_kind
from canbao.rules.privacy import Kind


class DeliveryRefused(ValueError):
    """A delivery that is refused whole: `code`, the file, and the sentence a clerk reads.

    A citizen number in the name of the file is hidden in both, as they are kept.
    stated: source, kind and date, where a manifest that is refused says them in a form that can be listed.
    """

    def __init__(self, code: str, sentence: str, *, file: str = "") -> None:
        self.code = code
        self.file = str(mask_kind(Kind.KEY, printable(file)))
        self.sentence = sentence.replace(file, self.file) if file else sentence
        super().__init__(self.sentence)
        self.stated: tuple[str, str, date] | None = None

"""The registration form on paper (规程第八条, 附件): one on the counter, or those of a village."""

from canbao.services.forms import bag, batch, carrying
from canbao.services.forms.filling import blank
from canbao.services.forms.printing import (
    Choice,
    NoReasonForChoice,
    NotInRegister,
    NotPrintable,
    may_print,
    print_form,
    rules_letter,
)

__all__ = [
    "Choice",
    "NoReasonForChoice",
    "NotInRegister",
    "NotPrintable",
    "bag",
    "batch",
    "blank",
    "carrying",
    "may_print",
    "print_form",
    "rules_letter",
]

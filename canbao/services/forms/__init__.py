"""The registration form on paper (规程第八条, 附件)."""

from canbao.services.forms.filling import blank
from canbao.services.forms.printing import NotInRegister, NotPrintable, may_print, print_form

__all__ = ["NotInRegister", "NotPrintable", "blank", "may_print", "print_form"]

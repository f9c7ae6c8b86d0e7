"""What a web page leaves in a cell: `<br>`, `&nbsp;`."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_TAG: Final = re.compile("</?[A-Za-z][A-Za-z0-9]{0,9}([ /][^<>]{0,200})?>|<!--[^<>]{0,200}-->")
_ENTITY: Final = re.compile("&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")


def without_markup(text: str) -> str:
    """The text that a browser would show: tags are blanks, entities their characters. The text itself where it has neither."""
    if "<" not in text and "&" not in text:
        return text
    return _ENTITY.sub(lambda found: unescape(found[0]), _TAG.sub(" ", text))

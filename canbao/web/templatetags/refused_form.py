"""A form that was refused is shown again as it was sent: `kept` has what was typed and ticked, `wrong` what to say beside which field."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from canbao.web.templatetags.words import icon

register = template.Library()


def _kept(context: Context, name: str) -> list[str]:
    """What was sent under a name."""
    sent = context.get("kept")
    return sent.getlist(name) if sent else []


@register.simple_tag(takes_context=True)
def ticked(context: Context, name: str, value: Any) -> str:
    """For a box or a choice among several: ticked as it was."""
    return "checked" if str(value) in _kept(context, name) else ""


@register.simple_tag(takes_context=True)
def chosen(context: Context, name: str, value: Any) -> str:
    """For an entry of a select: chosen as it was."""
    return "selected" if str(value) in _kept(context, name) else ""


@register.simple_tag(takes_context=True)
def typed(context: Context, name: str, otherwise: str = "") -> str:
    """For a text field: what was typed."""
    return (_kept(context, name) or [otherwise])[0]


@register.simple_tag(takes_context=True)
def wrong(context: Context, *names: str) -> SafeString:
    """Beside a field: what has to be put right. names: the field, and others whose errors belong there too."""
    said = next((text for name in names if (text := (context.get("wrong") or {}).get(name))), "")
    if not said:
        return SafeString()
    return format_html(
        '<ul class="field-notes is-must" id="{}_error" role="alert"><li>{}<span><b>必须更正</b>{}</span></li></ul>',
        names[0], icon("circle-x"), said,
    )  # fmt: skip

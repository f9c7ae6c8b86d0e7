"""The keys of a form: Django's own against forged requests, and a number of its own so that it is acted on once."""

from __future__ import annotations

from uuid import uuid4

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from canbao.web.submissions import FIELD

register = template.Library()


class FormKeys(Node):
    """Both hidden inputs."""

    def render(self, context: Context) -> str:
        return CsrfTokenNode().render(context) + format_html(
            '<input type="hidden" name="{}" value="{}">', FIELD, uuid4()
        )


@register.tag("csrf_token")
def form_keys(parser: Parser, token: Token) -> FormKeys:
    """Takes the place of Django's tag, so that no form that changes something can be without a submission id."""
    return FormKeys()

"""Template tags and filters: dates as the office writes them, numbers, names, icons, form fields."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, SelectMultiple
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from canbao.web.assets import ICONS

register = template.Library()

NOTHING = "—"
COLUMN = 4  # choices that stand under each other; more take columns
TONES = {"ok", "wait", "bad", "look", "plain"}


@register.filter
def day(value: date | datetime | None) -> str:
    """2026-11-24; a dash for an open end."""
    return value.strftime("%Y-%m-%d") if isinstance(value, date) and (value := _local(value)) else NOTHING


@register.filter
def minute(value: datetime | None) -> str:
    """2026-11-24 09:50, Shanghai time."""
    return _local(value).strftime("%Y-%m-%d %H:%M") if value else NOTHING


@register.filter
def second(value: datetime | None) -> str:
    """2026-11-24 09:50:07, Shanghai time."""
    return _local(value).strftime("%Y-%m-%d %H:%M:%S") if value else NOTHING


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def count(value: float | None) -> str:
    """1,234,567."""
    return f"{value:,}" if isinstance(value, int | float) else NOTHING


_CHINESE = "[\u4e00-\u9fff“”]"
_BRACKETS = re.compile(rf"\((?=[^()]*{_CHINESE})[^()]*\)|(?<={_CHINESE})\([^()]*\)")
_SIGNS = re.compile(rf"(?<={_CHINESE})[,:;]|[,:;](?={_CHINESE})")
_WIDE = str.maketrans(",:;", "，：；")


@register.filter
def prose(value: str) -> str:
    """A sentence made for the command line, with the wide signs that Chinese has on a page."""
    wide = _BRACKETS.sub(lambda found: f"（{found[0][1:-1]}）", str(value))
    return _SIGNS.sub(lambda found: found[0].translate(_WIDE), wide)


@register.filter
def label(value: Any) -> str:
    """What clerks read for a value of our own enums; anything else as it is."""
    return str(getattr(value, "label", value)) if value not in (None, "") else NOTHING


@register.filter
def dash(value: Any) -> Any:
    """The value, or a dash where there is none."""
    return NOTHING if value in (None, "") else value


_BROWSERS = (
    ("Edg/", "Edge 浏览器"), ("Firefox/", "火狐浏览器"), ("MicroMessenger", "微信"), ("QQBrowser", "QQ 浏览器"),
    ("Chrome/", "谷歌内核浏览器"), ("Safari/", "苹果浏览器"),
)  # fmt: skip
_MACHINES = (
    ("Android", "安卓手机或平板"), ("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("Windows", "视窗电脑"),
    ("Mac OS", "苹果电脑"), ("Linux", "Linux 电脑"),
)  # fmt: skip


@register.filter
def browser(agent: str | None) -> str:
    """What a browser calls itself, as far as people know such things."""
    said = [next((words for mark, words in known if mark in (agent or "")), "") for known in (_BROWSERS, _MACHINES)]
    return "，".join(filter(None, said)) or (agent or "")[:40] or NOTHING


@register.simple_tag
def badge(text: Any, tone: str = "plain") -> SafeString:
    """A state in a word. tone: ok, wait, bad, look, plain."""
    return format_html('<span class="mark mark-{}">{}</span>', tone if tone in TONES else "plain", label(text))


@register.simple_tag
def practice_band() -> SafeString:
    """On every page of a practice home: nobody takes invented people for real ones. Needs no request, as pages for bugs have none."""
    if not settings.CANBAO_PRACTICE:
        return SafeString()
    return SafeString('<p class="practice" role="note">练习环境，人员均为虚构</p>')


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """A Tabler icon, drawn in the page; it says nothing to a screen reader, so a word has to stand beside it."""
    return mark_safe(_drawing(name).replace('class="', f'aria-hidden="true" class="i {more} ', 1))


@cache
def _drawing(name: str) -> str:
    place = Path(settings.MODULES) / ICONS / f"{name}.svg"
    if "/" in name or not place.exists():
        return '<svg width="24" height="24" viewBox="0 0 24 24" class=""></svg>'
    return " ".join(place.read_text().partition("<svg")[2].join(("<svg", "")).split())


_CLASSES: tuple[tuple[tuple[type, ...], str], ...] = (
    ((CheckboxSelectMultiple, RadioSelect), "form-choices"),
    ((CheckboxInput,), "form-check-input"),
    ((Select, SelectMultiple), "form-select"),
)


@register.filter
def control(field: BoundField) -> SafeString:
    """The input of a form field in the look of the product."""
    widget = field.field.widget
    look = next((look for kinds, look in _CLASSES if isinstance(widget, kinds)), "form-control")
    if field.errors:
        look += " is-invalid"
    return field.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {look}".strip()})


@register.filter
def is_tick(field: BoundField) -> bool:
    """Whether the field is a single box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def has_many_choices(field: BoundField) -> bool:
    """Whether the field is a list of boxes or circles that takes more than one column."""
    return isinstance(field.field.widget, RadioSelect) and len(list(field.field.widget.choices)) > COLUMN


@register.filter
def remarks(field: BoundField) -> list[Any]:
    """What the form remarks on a field without refusing it (`canbao.web.remarks`)."""
    return list(getattr(field.form, "remarks", {}).get(field.name, ()))


@register.inclusion_tag("components/sort.html", takes_context=True)
def sort_head(context: Context, key: str, text: str, standard: str = "", more: str = "") -> dict[str, str]:
    """The head of a column one can sort by (?sort=key, ?sort=-key). standard: what the view sorts by unasked."""
    asked = context["request"].GET.copy()
    now = asked.get("sort") or standard
    asked["sort"] = f"-{key}" if now == key else key
    asked.pop("after", None)
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    return {"text": text, "more": more, "order": order, "address": f"?{asked.urlencode()}"}

"""Offices and divisions as of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from canbao.services import access, reference
from canbao.services.reference import Tree
from canbao.web.places.forms import PlacesForm
from canbao.web.request import PageRequest, today

TOP = "50"  # the page opens on what is directly below the city


def places(request: PageRequest) -> HttpResponse:
    form = PlacesForm({"tree": Tree.DIVISION.value, "on": today()} | request.GET.dict())
    tree, on, ended = _asked(form)
    text = form.cleaned_data.get("q", "")
    found = reference.search(text, tree=tree, on=on) if text else _below(tree, TOP, on, ended)
    return render(request, "places/places.html", {
        "form": form, "tree": tree, "on": on, "ended": ended, "text": text, "places": found,
        "is_full": len(found) >= reference.MOST_FOUND,
    })  # fmt: skip


def below(request: PageRequest) -> HttpResponse:
    """One level of a tree."""
    tree, on, ended = _asked(PlacesForm(request.GET))
    found = _below(tree, request.GET.get("parent", TOP)[:18], on, ended)
    return render(request, "places/_level.html", {"tree": tree, "on": on, "ended": ended, "places": found})


def place(request: PageRequest, tree: str, code: str) -> HttpResponse:
    """One place with its history."""
    chosen, on, _ = _asked(PlacesForm({"tree": tree, "on": request.GET.get("on")}))
    found = reference.history(chosen, code, on=on)
    if found is None or chosen.value != tree:
        raise access.NotFound(code)
    return render(request, "places/place.html", {"history": found, "place": found.place, "on": on})


def _asked(form: PlacesForm) -> tuple[Tree, date, bool]:
    """What is wrong in the form stands beside its field; the tree is shown for today then."""
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    return Tree(asked.get("tree") or Tree.DIVISION), asked.get("on") or today(), bool(asked.get("ended"))


def _below(tree: Tree, parent: str, on: date, ended: bool) -> list[reference.Place]:
    read = reference.divisions_below if tree is Tree.DIVISION else reference.offices_below
    return read(parent, on=on, ended=ended)

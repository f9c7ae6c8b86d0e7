"""Requests to change what the register says: asked for with their evidence, listed and shown; worked off later (规程第十二条)."""

from canbao.services.changes.asking import Asked, ask, void
from canbao.services.changes.reading import OPEN, Line, Page, Shown, list_changes, of_person, open_items, show

__all__ = ["OPEN", "Asked", "Line", "Page", "Shown", "ask", "list_changes", "of_person", "open_items", "show", "void"]

"""One Typst compilation for many sheets: the template stays as it is, everything else is data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from canbao.outside.printing.fonts import Fonts

TEMPLATES = Path(__file__).parent
AT_ONCE = 100  # sheets in one compilation: more takes memory, fewer time
FEW = 10
_REMEMBERED = 11
_MASK = 2  # any of the eight can be read; to try them all takes six times as long


def typeset(template: str, forms: Sequence[Mapping[str, Any]], *, version: int, fonts: Fonts) -> bytes:
    """A PDF of the forms in their order; untagged, which is an eighth of the size. Raises MissingGlyph, MissingFonts."""
    rare = fonts.rare_for(["".join(texts_of(form)) for form in forms])
    data = {"forms": forms, "version": version, "rare": rare}
    opened = _opened(tuple(file for folder in fonts.folders() for file in sorted(folder.glob("*.ttf"))))
    compiler = typst.Compiler(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=opened,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", pdf_tags=False)
    assert isinstance(made, bytes)
    if len(forms) > FEW:
        _forget(opened)
    return made


def _forget(fonts: Any) -> None:
    """Typst keeps what it has set for ten more compilations, some megabytes a sheet; sheets do not come again."""
    for _ in range(_REMEMBERED):
        typst.Compiler(b"", font_paths=fonts).compile(format="pdf")


@lru_cache(maxsize=1)
def _opened(files: tuple[Path, ...]) -> Any:
    """Opened once for as long as no file is added: fonts are what takes memory."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in dict.fromkeys(file.parent for file in files)],
    )


def qr(text: str) -> list[int]:
    """The text as a code: the grey of each dot, row after row of a square; a quarter of it may be dirty."""
    made = segno.make(text, error="q", micro=False, boost_error=False, mask=_MASK)
    return [0 if dot else 255 for row in made.matrix for dot in row]


def texts_of(value: Any) -> Iterator[str]:
    """Every text in the data of a sheet."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, (list, tuple)) and not (
        value and isinstance(value[0], int)
    ):  # the dots of a code are no text
        for one in value:
            yield from texts_of(one)

"""Paper: data set into pages by Typst, with fonts that are told, not found."""

from canbao.outside.printing.fonts import Fonts, MissingFonts, MissingGlyph
from canbao.outside.printing.typesetter import qr, texts_of, typeset

__all__ = ["Fonts", "MissingFonts", "MissingGlyph", "qr", "texts_of", "typeset"]

"""JPEG and PNG: decoded whole, drawn anew at the size of the screen with nothing of the file's own but its colours."""

from __future__ import annotations

import warnings
from io import BytesIO, FileIO
from typing import Final

from PIL import Image, ImageMath, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import Limits, fits

WIDTH, HEIGHT = 1400, 2200
_FORMATS: Final = (JpegImagePlugin.JpegImageFile.format, PngImagePlugin.PngImageFile.format)
_SEVERAL: Final = (
    MpoImagePlugin.MpoImageFile
)  # a JPEG of several pictures; imported now, as a locked process imports nothing
_TURNED: Final = (5, 6, 7, 8)  # orientations that swap width and height
_ORIENTATION: Final = 0x0112
_STRIP: Final = 1 << 20  # pixels that are laid on white at a time

Image.init()
warnings.simplefilter("error", Image.DecompressionBombWarning)


def look(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers the number of pages, once the whole picture was decoded."""
    _picture(file, limits).close()
    out.head(pages=1)


def draw(file: FileIO, out: FrameWriter, limits: Limits, *, page: int) -> None:
    """Answers a PNG."""
    answer(_picture(file, limits), out)


def answer(drawn: Image.Image, out: FrameWriter) -> None:
    content = BytesIO()
    drawn.save(content, "PNG", compress_level=4)
    out.data(content.getvalue())


def _picture(file: FileIO, limits: Limits) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = limits.pixels
    try:
        with Image.open(file, formats=_FORMATS) as opened:
            if not fits(opened.width, opened.height, limits):
                raise ReaderError(Failure.TOO_MANY_PIXELS)
            size = (WIDTH, HEIGHT)
            if opened.getexif().get(_ORIENTATION) in _TURNED:
                size = (HEIGHT, WIDTH)
            opened.draft("RGB", size)
            opened.load()
            small = _on_white(opened) if opened.has_transparency_data else _in_eight_bits(opened)
            small.thumbnail(size)
            return _turned(small, opened).convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ReaderError(Failure.TOO_MANY_PIXELS) from error


def _turned(small: Image.Image, opened: Image.Image) -> Image.Image:
    if small is not opened:
        small.info["exif"] = opened.getexif().tobytes()
    return ImageOps.exif_transpose(small)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey in 65,536 steps; converted as it is, all but the darkest would be white."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 257)).convert("L")
    return image


def _on_white(opened: Image.Image) -> Image.Image:
    """What is transparent is paper. In strips: a second copy of a large picture would be too much."""
    factor = max(1, min(opened.width // WIDTH, opened.height // HEIGHT))
    white = Image.new("RGB", (-(-opened.width // factor), -(-opened.height // factor)), "white")
    rows = max(1, _STRIP // opened.width // factor) * factor
    for top in range(0, opened.height, rows):
        strip = opened.crop((0, top, opened.width, min(top + rows, opened.height)))
        white.paste(_strip_on_white(strip, opened.info.get("transparency")).reduce(factor), (0, top // factor))
    return white


def _strip_on_white(strip: Image.Image, key: object) -> Image.Image:
    """key: of 65,536 steps of grey, the step that is transparent."""
    if strip.mode.startswith("I") and isinstance(key, int):
        levels = _in_eight_bits(strip)
        clear = ImageMath.lambda_eval(
            lambda images: images["convert"]((images["grey"] == key) * 255, "L"), grey=strip.convert("I")
        )
        levels.paste(255, mask=clear)
        return levels.convert("RGB")
    paper = Image.new("RGBA", strip.size, "white")
    paper.alpha_composite(strip.convert("RGBA"))
    return paper.convert("RGB")


def sample() -> bytes:
    content = BytesIO()
    Image.new("RGBA", (8, 8), "black").save(content, "PNG")
    return content.getvalue()

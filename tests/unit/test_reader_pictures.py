"""Pictures and papers are drawn as a person would see them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from canbao.outside.reader.client import reading
from canbao.outside.reader.limits import Operation
from canbao.outside.reader.memory import in_memory
from tests import hostile
from tests.readers import MOST_MEMORY, watched


def drawn(operation: Operation, content: bytes) -> Image.Image:
    with in_memory(content) as file, reading(operation, file, page=1) as answer:
        return Image.open(BytesIO(b"".join(answer.data()))).convert("L")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("size", [(60, 40), (3000, 4600)])
def test_transparent_paper_is_white(mode: str, size: tuple[int, int]) -> None:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.convert(mode).save(
        out, "PNG", **({"transparency": image.convert("P").getpixel((size[0] - 1, 0))} if mode == "P" else {})
    )
    seen = drawn(Operation.DRAW_PICTURE, out.getvalue())
    assert max(seen.size) <= 2200
    assert seen.getpixel((seen.width // 4, 5)) == 0 and seen.getpixel((seen.width - 5, 5)) == 255


@pytest.mark.parametrize("size", [(60, 40), (3000, 4600)])
def test_grey_of_sixteen_bits_stays_grey(size: tuple[int, int]) -> None:
    out = BytesIO()
    Image.new("I;16", size, 32_768).save(out, "PNG")
    assert drawn(Operation.DRAW_PICTURE, out.getvalue()).getpixel((5, 5)) in (127, 128)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_the_largest_picture_that_is_taken_can_be_drawn(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (10_000, 6_000)).save(out, "PNG", compress_level=1)
    with watched() as peak:
        assert drawn(Operation.DRAW_PICTURE, out.getvalue()).size == (1400, 840)
    assert peak[0] < MOST_MEMORY


def test_what_was_filled_into_a_form_is_drawn() -> None:
    assert drawn(Operation.DRAW_PDF, hostile.filled_form_pdf()).getextrema() == (0, 255)

"""Files of others are read by a process that has nothing and may do nothing: each is read, or refused within the limits."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from canbao.outside.reader import limits
from canbao.outside.reader.client import reading
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import MIB, MOST_COLUMNS, MOST_SHEETS, Operation
from canbao.outside.reader.memory import in_memory
from tests import hostile
from tests.integration.evidence.files import locked_pdf, pdf, picture
from tests.readers import MOST_MEMORY, heads, parquet, readers, soon, unzipped, watched

WORKBOOK = hostile.workbook(
    f'<row r="1">{hostile.cell("A1", "a")}{hostile.cell("B1", "b")}</row><row r="2">{hostile.cell("B2", "x")}</row>'
)
GOOD: dict[Operation, bytes] = {
    Operation.LOOK_PICTURE: picture(),
    Operation.LOOK_PDF: pdf(2),
    Operation.WORKBOOK: WORKBOOK,
    Operation.PARQUET: parquet({"a": ["1"]}),
}
HARMFUL: dict[str, tuple[Operation, Callable[[], bytes], set[Failure]]] = {
    "a page of millions of lines": (Operation.LOOK_PDF, hostile.heavy_pdf, {Failure.MEMORY, Failure.TIME}),
    "forms within forms": (Operation.LOOK_PDF, hostile.nested_pdf, {Failure.MEMORY, Failure.TIME}),
    "51 pages": (Operation.LOOK_PDF, lambda: pdf(51), {Failure.TOO_MANY_PAGES}),
    "a password": (Operation.LOOK_PDF, locked_pdf, {Failure.ENCRYPTED}),
    "60000 x 60000": (Operation.LOOK_PICTURE, hostile.huge_png, {Failure.TOO_MANY_PIXELS}),
    "a little more than allowed": (
        Operation.LOOK_PICTURE, lambda: hostile.huge_png(10_000, 6_001), {Failure.TOO_MANY_PIXELS},
    ),
    "two cells far apart": (Operation.WORKBOOK, hostile.sparse_workbook, {Failure.MEMORY}),
    "a bomb in a workbook": (Operation.WORKBOOK, hostile.workbook_bomb, {Failure.RATIO}),
    "an archive that lies": (Operation.WORKBOOK, hostile.lying_workbook, {Failure.DAMAGED}),
    "a zip that is no workbook": (Operation.WORKBOOK, lambda: hostile.archive({"a.csv": b"a"}), {Failure.OTHER_FORMAT}),
    "one cell for all": (Operation.WORKBOOK, hostile.repeated_ods, {Failure.DAMAGED, Failure.MEMORY}),
    "one cell for too many columns": (
        Operation.WORKBOOK, lambda: hostile.repeated_ods(2, MOST_COLUMNS + 1), {Failure.TOO_MANY_COLUMNS},
    ),
    "thousands of sheets": (Operation.WORKBOOK, lambda: hostile.ods_of_sheets(20_000), {Failure.TOO_MANY_SHEETS}),
    "a sheet too many": (Operation.WORKBOOK, lambda: hostile.ods_of_sheets(MOST_SHEETS + 1), {Failure.TOO_MANY_SHEETS}),
    "an OpenDocument text": (Operation.WORKBOOK, lambda: hostile.ods("", "text"), {Failure.OTHER_FORMAT}),
    "3000 members": (
        Operation.WORKBOOK, lambda: hostile.archive({str(n): b"" for n in range(3000)}), {Failure.TOO_MANY_MEMBERS},
    ),
    "zeros without end": (Operation.GUNZIP, hostile.gzip_bomb, {Failure.RATIO}),
    "one value often": (Operation.PARQUET, hostile.parquet_bomb, {Failure.MEMORY, Failure.LONG_VALUE}),
    "a column too many": (
        Operation.PARQUET, lambda: parquet({str(n): ["1"] for n in range(MOST_COLUMNS + 1)}), {Failure.TOO_MANY_COLUMNS},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HARMFUL)
def test_a_harmful_file_is_refused_within_the_limits_and_the_next_file_is_read(case: str) -> None:
    operation, make, failures = HARMFUL[case]
    content = make()
    with watched() as peak, pytest.raises(ReaderError) as refused:
        heads(operation, content)
    assert refused.value.failure in failures
    assert peak[0] < MOST_MEMORY
    assert all(heads(good, file) for good, file in GOOD.items())
    assert soon(lambda: not readers())


def page_of(width: int, height: int) -> bytes:
    """A PDF with one empty page of a size in points."""
    out = BytesIO()
    Image.new("L", (1, 1)).save(out, "PDF")
    return re.sub(rb"/MediaBox \[[^]]*\]", b"/MediaBox [ 0 0 %d %d ]" % (width, height), out.getvalue())


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (Operation.LOOK_PICTURE, hostile.huge_png(1, 59_000_000)),
        (Operation.DRAW_PICTURE, hostile.huge_png(59_000_000, 1)),
        (Operation.LOOK_PICTURE, hostile.huge_png(20_001, 2_000)),
        (Operation.LOOK_PICTURE, hostile.huge_png(10_000, 199)),
        (Operation.LOOK_PDF, page_of(20_001, 15_000)),
        (Operation.DRAW_PDF, page_of(100, 5_001)),
    ],
)
def test_few_pixels_in_a_line_without_end_are_refused_before_they_are_read(
    operation: Operation, content: bytes
) -> None:
    arguments = {"page": 1} if operation in (Operation.DRAW_PICTURE, Operation.DRAW_PDF) else {}
    with (
        in_memory(content) as file,
        pytest.raises(ReaderError) as refused,
        reading(operation, file, **arguments) as answer,
    ):
        _ = b"".join(answer.data()) if arguments else answer.head()
    assert refused.value.failure is Failure.TOO_MANY_PIXELS


def test_a_till_roll_and_a_plan_are_papers() -> None:
    long = BytesIO()
    Image.new("L", (640, 16_000)).save(long, "PNG")
    assert heads(Operation.LOOK_PICTURE, long.getvalue()) == {"pages": 1}
    assert heads(Operation.LOOK_PDF, page_of(14_400, 14_400)) == {"pages": 1}


@pytest.mark.parametrize("operation", GOOD)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_what_breaks_off_is_damaged(operation: Operation, part: float) -> None:
    content = GOOD[operation]
    with pytest.raises(ReaderError) as refused:
        heads(operation, content[: int(len(content) * part)])
    assert refused.value.failure is Failure.DAMAGED


@pytest.mark.parametrize("cut", [slice(0, 15), slice(0, -9), slice(0, -1)])
def test_a_gzip_that_breaks_off_is_damaged(cut: slice) -> None:
    whole = gzip.compress(b"some text\n" * 99, mtime=0)
    assert unzipped(whole + whole) == b"some text\n" * 198
    with pytest.raises(ReaderError) as refused:
        unzipped(whole[cut])
    assert refused.value.failure is Failure.DAMAGED


def test_large_content_comes_out_as_it_went_in() -> None:
    content = os.urandom(3 * MIB + 17)
    assert unzipped(gzip.compress(content)) == content


def test_limits_grow_with_the_file_and_never_beyond() -> None:
    small, large = (limits.limits_for(Operation.WORKBOOK, size) for size in (1500, 10**9))
    assert small.memory + limits.RESIDENT_ABOVE <= MOST_MEMORY < large.memory == large.most_memory

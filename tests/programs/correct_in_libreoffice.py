"""Open an error file in LibreOffice, correct it as `returned.py` says, and save it in every format it is sent back in.

Run with the Python that has LibreOffice's `uno` (Debian: libreoffice-calc, python3-uno):
/usr/bin/python3 tests/programs/correct_in_libreoffice.py FOLDER_WITH_ERROR_FILES FOLDER_FOR_RESULTS
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from office import CSV, FILTERS, office, options
from returned import CORRECTIONS, KEY


def correct(book, dispatcher):
    """Go to the cells and type into them: what LibreOffice makes of it depends on the format of the cell."""
    sheet, frame = book.Sheets.getByIndex(0), book.CurrentController.Frame
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    width, height = cursor.RangeAddress.EndColumn + 1, cursor.RangeAddress.EndRow + 1
    heads = [sheet.getCellByPosition(place, 0).String.strip() for place in range(width)]
    for row in range(1, height):
        column, _, right = CORRECTIONS[sheet.getCellByPosition(heads.index(KEY), row).String.strip()]
        cell = f"{chr(65 + heads.index(column))}{row + 1}"
        dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, options(ToPoint=cell))
        dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, options(StringName=right))


def main(source, target):
    with office() as (desktop, dispatcher):
        for path in sorted(source.iterdir()):
            said = {"FilterName": FILTERS["utf8.csv"][0], "FilterOptions": CSV["utf8"]} if path.suffix == ".csv" else {}
            book = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, options(Hidden=True, **said))
            correct(book, dispatcher)
            for suffix, (name, filter_options) in FILTERS.items():
                kept = target / f"from_{path.suffix[1:]}.{suffix}"
                book.storeToURL(kept.as_uri(), options(FilterName=name, FilterOptions=filter_options))
            book.close(True)


main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())

"""Type the people into LibreOffice and save them in its formats: numbers into text cells, sex and dates into ordinary ones.

/usr/bin/python3 tests/programs/write_in_libreoffice.py FOLDER (the Python that has LibreOffice's `uno`)
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from office import FILTERS, office, options
from people import HEADER, TEXTS, people

TEXT_FORMAT = 100  # LibreOffice's number for "@"


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with office() as (desktop, dispatcher):
        book = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, options(Hidden=True))
        sheet, frame = book.Sheets.getByIndex(0), book.CurrentController.Frame
        for place, name in enumerate(HEADER):
            if name in TEXTS:
                sheet.Columns.getByIndex(place).NumberFormat = TEXT_FORMAT
            for row, cell in enumerate([name, *(person[name] for person in people())]):
                if cell is not None:
                    text = f"{cell:%Y-%m-%d}" if hasattr(cell, "strftime") else str(cell)
                    dispatcher.executeDispatch(
                        frame, ".uno:GoToCell", "", 0, options(ToPoint=f"{chr(65 + place)}{row + 1}")
                    )
                    dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, options(StringName=text))
        for suffix, (name, filter_options) in FILTERS.items():
            book.storeToURL(
                (folder / f"libreoffice.{suffix}").as_uri(), options(FilterName=name, FilterOptions=filter_options)
            )
        book.close(True)


main(Path(sys.argv[1]).resolve())

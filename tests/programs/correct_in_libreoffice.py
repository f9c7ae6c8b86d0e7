"""Open an error file in LibreOffice, correct it as `returned.py` says, and save it in every format it is sent back in.

Run with the Python that has LibreOffice's `uno` (Debian: libreoffice-calc, python3-uno):
/usr/bin/python3 tests/programs/correct_in_libreoffice.py FOLDER_WITH_ERROR_FILES FOLDER_FOR_RESULTS
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

sys.path.insert(0, str(Path(__file__).parent))
from returned import CORRECTIONS, KEY

PIPE = "canbao-try"
# Field separator, quotation mark, character set (76: UTF-8, 85: GB18030, 65535: UTF-16), first line.
CSV = {"utf8": "44,34,76,1", "gb18030": "44,34,85,1", "utf16": "44,34,65535,1"}
FILTERS = {"xlsx": ("Calc MS Excel 2007 XML", ""), "ods": ("calc8", "")} | {
    f"{name}.csv": ("Text - txt - csv (StarCalc)", options) for name, options in CSV.items()
}


def options(**values):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def connected():
    """The desktop of the office that was started, and what carries out commands as its menu does."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    for _ in range(60):
        try:
            found = resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
            return [
                found.ServiceManager.createInstanceWithContext(f"com.sun.star.frame.{name}", found)
                for name in ("Desktop", "DispatchHelper")
            ]
        except NoConnectException:
            time.sleep(1)
    raise SystemExit("LibreOffice does not answer")


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
    with tempfile.TemporaryDirectory() as profile:
        office = subprocess.Popen(
            [
                "soffice",
                "--headless",
                "--norestore",
                f"-env:UserInstallation=file://{profile}",
                f"--accept=pipe,name={PIPE};urp;",
            ]
        )
        try:
            desktop, dispatcher = connected()
            for path in sorted(source.iterdir()):
                said = (
                    {"FilterName": FILTERS["utf8.csv"][0], "FilterOptions": CSV["utf8"]}
                    if path.suffix == ".csv"
                    else {}
                )
                book = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, options(Hidden=True, **said))
                correct(book, dispatcher)
                for suffix, (name, filter_options) in FILTERS.items():
                    kept = target / f"from_{path.suffix[1:]}.{suffix}"
                    book.storeToURL(kept.as_uri(), options(FilterName=name, FilterOptions=filter_options))
                book.close(True)
            desktop.terminate()
        finally:
            office.wait(30)


main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())

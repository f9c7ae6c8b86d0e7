"""LibreOffice without a screen, for the scripts beside; for the Python that has its `uno`."""

import subprocess
import tempfile
import time
from contextlib import contextmanager

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

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


@contextmanager
def office():
    """Start it with a profile of its own and end it."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "soffice",
            "--headless",
            "--norestore",
            f"-env:UserInstallation=file://{profile}",
            f"--accept=pipe,name={PIPE};urp;",
        ]
        process = subprocess.Popen(command)
        try:
            desktop, dispatcher = connected()
            yield desktop, dispatcher
            desktop.terminate()
        finally:
            process.wait(30)

"""Which tests run in one process when there are several (`-n 2`): those of a file, and of a folder that shares something served."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

BROWSER = "tests/browser"
FOLDERS = (BROWSER, "tests/integration/files")


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """The browser's tests begin early, as they are the longest that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder in FOLDERS else file

    def schedule(self) -> None:
        super().schedule()
        if BROWSER in self.workqueue:
            self.workqueue.move_to_end(BROWSER, last=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)

"""Files on their way in: how much each page takes, and where a large one lies until the request is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from canbao.services.evidence import MOST_AT_ONCE

_FIELDS: Final = 64 * 1024  # what a form says beside its files
# By the name of the page; None: whatever the disk holds, for the files of the insurance systems. Elsewhere nothing is uploaded.
_LIMITS: Final[dict[str, int | None]] = {"task-evidence-add": MOST_AT_ONCE + _FIELDS, "deliveries-receive": None}


class Limit(FileUploadHandler):
    """What is too large for its page is refused before a byte of it is read."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        most = self._most()
        if most is not None and content_length > most:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _most(self) -> int | None:
        """Nobody who has not signed in fills the disk."""
        page = getattr(self.request, "resolver_match", None)
        if page is None or not getattr(self.request, "actor", None):
            return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return _LIMITS.get(page.url_name, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class InTheHouse(TemporaryFileUploadHandler):
    """In the clear for as long as the request takes, in a folder of the register's own that nobody else opens."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().new_file(*args, **kwargs)

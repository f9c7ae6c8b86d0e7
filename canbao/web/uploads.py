"""Where the files of a request lie until it is over."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from canbao.services import uploads

_DIGEST: Final = "sent_digest"


def digest_of(file: UploadedFile[Any]) -> str:
    """SHA-256 of the content, kept from its arrival where it was too large for memory."""
    if kept := getattr(file, _DIGEST, ""):
        return str(kept)
    hashed = hashlib.sha256()
    for chunk in file.chunks():
        hashed.update(chunk)
    file.seek(0)
    return hashed.hexdigest()


class PrivateUploadHandler(FileUploadHandler):
    """What is too large for memory lies below the home in a file without a name: nobody else opens it, and when the process
    is killed it is gone."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = tempfile.TemporaryFile(dir=uploads.folder())  # noqa: SIM115 - open until the request is over
        self._hash = hashlib.sha256()  # while it arrives: read again, some gigabytes would outlast the transaction

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)
        self._hash.update(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.file.seek(0)
        whole = UploadedFile(
            file=self.file, name=self.file_name, content_type=self.content_type, size=file_size, charset=self.charset,
            content_type_extra=self.content_type_extra,
        )  # fmt: skip
        setattr(whole, _DIGEST, self._hash.hexdigest())
        return whole

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()

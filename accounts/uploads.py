"""Keeps an upload that is too large off the disk, and still lets the verb that wanted it refuse it in words."""

from __future__ import annotations

import io

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class CappedUploadHandler(FileUploadHandler):
    """Counts what arrives and drops what comes past ``MAX_UPLOAD_BYTES``.

    Cutting the connection would show people a broken page instead of a sentence. Such a file reaches the view with its true
    size and no content, so that nobody can take the first part for the whole.
    """

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Begin to count."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Count, and pass the bytes on to the next handler while they are within the limit."""
        self.received += len(raw_data)
        return raw_data if self.received <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Give an empty file of the size that was sent in the place of one that is too large."""
        if self.received <= settings.MAX_UPLOAD_BYTES:
            return None
        return UploadedFile(io.BytesIO(b""), self.file_name, self.content_type, self.received)

"""Files on their way in: who may send how much, decided before the first byte is read, and where they lie meanwhile."""

from canbao.services.uploads.admitting import Reason, UploadRefusedError, admitted, note_refused, on_its_way
from canbao.services.uploads.places import folder, kept, sweep

__all__ = ["Reason", "UploadRefusedError", "admitted", "folder", "kept", "note_refused", "on_its_way", "sweep"]

"""Long work in the background: asked for on a page, carried out by the worker, found again by the account that asked."""

from canbao.services.jobs.asking import NotCancellable, cancel, start
from canbao.services.jobs.kinds import Kind
from canbao.services.jobs.looking import Seen, look, of
from canbao.services.jobs.places import clear_old, download, download_all, errors_log, export_path
from canbao.services.jobs.running import Cancelled, Progress, carry_out, sweep

__all__ = [
    "Cancelled",
    "Kind",
    "NotCancellable",
    "Progress",
    "Seen",
    "cancel",
    "carry_out",
    "clear_old",
    "download",
    "download_all",
    "errors_log",
    "export_path",
    "look",
    "of",
    "start",
    "sweep",
]

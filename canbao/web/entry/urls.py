"""The entry desk: what waits, one form after the other, what is saved meanwhile."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.entry import again, compare, desk, queue, saving
from canbao.web.routes import page

_ENTER = Permission.SURVEY_ENTER

urlpatterns = [
    page("survey/<int:round_id>/entry/", queue.queue, name="survey-entry", need=_ENTER),
    page("survey/<int:round_id>/entry/next/", queue.next_form, name="entry-next", need=_ENTER),
    page("survey/<int:round_id>/entry/find/", queue.find, name="entry-find", need=_ENTER),
    page("survey/<int:round_id>/entry/again/", queue.next_again, name="entry-again-next", need=_ENTER),
    page("survey/<int:round_id>/entry/seconds/", compare.seconds, name="entry-seconds", need=_ENTER),
    page("survey/tasks/<int:task_id>/enter/", desk.enter, name="task-enter", need=_ENTER),
    page("survey/tasks/<int:task_id>/enter/take-over/", desk.take_over, name="task-take-over", need=_ENTER),
    page("survey/tasks/<int:task_id>/draft/", saving.draft, name="task-draft", need=_ENTER),
    page("survey/tasks/<int:task_id>/places/", saving.places, name="task-places", need=_ENTER),
    page("survey/tasks/<int:task_id>/address/", saving.address, name="task-address", need=_ENTER),
    page("survey/tasks/<int:task_id>/again/", again.again, name="task-again", need=_ENTER),
    page("survey/tasks/<int:task_id>/seconds/", compare.compare, name="task-seconds", need=_ENTER),
    page("survey/tasks/<int:task_id>/again/draft/", saving.draft_again, name="task-again-draft", need=_ENTER),
]

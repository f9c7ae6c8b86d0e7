"""My jobs."""

from __future__ import annotations

from canbao.rules.permissions import Permission
from canbao.web.jobs import views
from canbao.web.routes import Open, page

urlpatterns = [
    page("jobs/", views.jobs_page, name="jobs", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/", views.job, name="job", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/progress/", views.progress, name="job-progress", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/cancel/", views.cancel, name="job-cancel", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/file/", views.file, name="job-file", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/files/<str:file_name>/", views.named_file, name="job-named-file", need=Open.SIGNED_IN),
    page("jobs/<int:job_id>/all.zip", views.all_files, name="job-all-files", need=Open.SIGNED_IN),
    page("exports/", views.export, name="exports", need=Permission.MATCH_EXPORT),
]

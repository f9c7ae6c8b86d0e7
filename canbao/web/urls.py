"""All pages, room by room."""

from __future__ import annotations

from django.urls import URLPattern

from canbao.web.accounts.urls import urlpatterns as accounts
from canbao.web.admission import urlpatterns as admission
from canbao.web.audit.urls import urlpatterns as audit
from canbao.web.budgets.urls import urlpatterns as budgets
from canbao.web.cases.urls import urlpatterns as cases
from canbao.web.changes.urls import urlpatterns as changes
from canbao.web.checking.urls import urlpatterns as checking
from canbao.web.clients.urls import urlpatterns as clients
from canbao.web.deliveries.urls import urlpatterns as deliveries
from canbao.web.entry.urls import urlpatterns as entry
from canbao.web.evidence.urls import urlpatterns as evidence
from canbao.web.field.urls import urlpatterns as field
from canbao.web.forms.urls import urlpatterns as forms
from canbao.web.found.urls import urlpatterns as found
from canbao.web.health.urls import urlpatterns as health
from canbao.web.help.urls import urlpatterns as help_pages
from canbao.web.home.urls import urlpatterns as home
from canbao.web.jobs.urls import urlpatterns as jobs
from canbao.web.me.urls import urlpatterns as me
from canbao.web.people.urls import urlpatterns as people
from canbao.web.places.urls import urlpatterns as places
from canbao.web.policy.urls import urlpatterns as policy
from canbao.web.progress.urls import urlpatterns as progress
from canbao.web.returns.urls import urlpatterns as returns
from canbao.web.signin.urls import urlpatterns as signin
from canbao.web.survey.urls import urlpatterns as survey
from canbao.web.villages.urls import urlpatterns as villages

urlpatterns: list[URLPattern] = [
    *deliveries,
    *jobs,
    *cases,
    *audit,
    *health,
    *home,
    *places,
    *help_pages,
    *people,
    *returns,
    *evidence,
    *forms,
    *signin,
    *accounts,
    *policy,
    *budgets,
    *me,
    *clients,
    *entry,
    *changes,
    *checking,
    *field,
    *found,
    *progress,
    *survey,
    *villages,
    *admission,
]

"""Django settings. Reading them starts nothing and writes nothing; `canbao.config.entry` does that."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from canbao.config import time_limits
from canbao.config.home import DATABASE, home_path, is_practice, password, secret_key
from canbao.outside.postgres import PORT
from canbao.outside.postgres_host import socket_dir

PACKAGE = Path(__file__).parent.parent
CANBAO_HOME: Path = home_path()
# What the set engine may use before it spills to disk; the database and the system share the rest.
_MACHINE_GB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
CANBAO_MEMORY: str = os.environ.get("CANBAO_MEMORY") or f"{max(1000, min(10_000, int(_MACHINE_GB * 400)))}MB"
# Which login this process has: the web's (behind row security), or the worker's (commands and jobs).
CANBAO_LOGIN: str = os.environ.get("CANBAO_LOGIN", "worker")
# The virus scanner for papers that are taken in; see docs/operate/evidence.md.
CANBAO_SCANNER: str = os.environ.get("CANBAO_SCANNER", "")
# Whether the people here are invented; fixed when the home was made.
CANBAO_PRACTICE: bool = is_practice(CANBAO_HOME)
# Anchors of the journal outside this machine; see docs/operate/journal.md.
CANBAO_REGISTER: str = os.environ.get("CANBAO_REGISTER") or socket.gethostname()
CANBAO_TSA_URL: str = os.environ.get("CANBAO_TSA_URL", "")
CANBAO_TSA_ROOT: str = os.environ.get("CANBAO_TSA_ROOT", "")
CANBAO_SYSLOG: str = os.environ.get("CANBAO_SYSLOG", "")
CANBAO_SYSLOG_CA: str = os.environ.get("CANBAO_SYSLOG_CA", "")
CANBAO_SYSLOG_CERT: str = os.environ.get("CANBAO_SYSLOG_CERT", "")
CANBAO_SYSLOG_KEY: str = os.environ.get("CANBAO_SYSLOG_KEY", "")
CANBAO_AUDITOR_KEY: str = os.environ.get("CANBAO_AUDITOR_KEY", "")
SECRET_KEY = secret_key(CANBAO_HOME)
DEBUG = False
ALLOWED_HOSTS = [*filter(None, os.environ.get("CANBAO_HOSTS", "").split(",")), "localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "procrastinate.contrib.django",
    "canbao.store",
    "canbao.web",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "canbao.web.headers.HeadersMiddleware",
    "canbao.web.middleware.TerminalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "canbao.web.plain_input.PlainInputMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "canbao.web.middleware.ActorMiddleware",
    "canbao.web.bodies.BodyMiddleware",
    "canbao.web.middleware.AreaMiddleware",
    "canbao.web.numbers_in_notes.NotesMiddleware",
    "canbao.web.submissions.SubmissionMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "canbao.config.urls"
WSGI_APPLICATION = "canbao.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "canbao.web.context.shell",
            ],
            "builtins": [
                "canbao.web.templatetags.words",
                "canbao.web.templatetags.form_keys",
                "canbao.web.templatetags.refused_form",
                "django.templatetags.static",
            ],
        },
    }
]

# Accounts and sessions.
AUTH_USER_MODEL = "store.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "canbao.services.accounts.passwords.Strength"},
    {"NAME": "canbao.services.accounts.passwords.NotUsedBefore"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Locking after failures; the numbers are the policy's, where they are counted is `counting`'s matter.
AXES_HANDLER = "canbao.services.accounts.counting.Lock"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address", "user_agent"]]
AXES_FAILURE_LIMIT = "canbao.services.accounts.counting.failure_limit"
AXES_COOLOFF_TIME = "canbao.services.accounts.counting.cool_off"
AXES_USERNAME_CALLABLE = "canbao.services.accounts.counting.counted_name"
AXES_SENSITIVE_PARAMETERS = ["name", "password", "code", "next", "csrfmiddlewaretoken"]
AXES_LOCKOUT_CALLABLE = "canbao.services.accounts.counting.own_answer"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the journal has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_URL = "/sign-in/"
# The city's own identity service, if there is one: who it recognises signs in to the account its claim names.
OIDC_ISSUER = os.environ.get("CANBAO_OIDC_ISSUER", "")
OIDC_LABEL = os.environ.get("CANBAO_OIDC_LABEL", "用统一身份认证登录")
OIDC_CLAIM = os.environ.get("CANBAO_OIDC_CLAIM", "preferred_username")
OIDC_TWO_FACTOR_ACR = [*filter(None, os.environ.get("CANBAO_OIDC_TWO_FACTOR_ACR", "").split(","))]
OIDC_RP_CLIENT_ID = os.environ.get("CANBAO_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("CANBAO_OIDC_CLIENT_SECRET", "")
OIDC_RP_SIGN_ALGO = os.environ.get("CANBAO_OIDC_SIGN_ALGORITHM", "RS256")
OIDC_RP_SCOPES = os.environ.get("CANBAO_OIDC_SCOPES", "openid profile")
OIDC_AUTH_REQUEST_EXTRA_PARAMS = {"acr_values": " ".join(OIDC_TWO_FACTOR_ACR)} if OIDC_TWO_FACTOR_ACR else {}
OIDC_USE_PKCE = True
OIDC_CREATE_USER = False
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "provider-back"
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("canbao.services.accounts.provider.Provider")
SESSION_ENGINE = "canbao.services.accounts.sessions"
SESSION_COOKIE_NAME = "canbao_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 24 * 3600  # the policy ends sessions earlier
CSRF_COOKIE_NAME = "canbao_csrf"
CSRF_COOKIE_HTTPONLY = True
# Behind a TLS proxy (CANBAO_TLS=1) cookies never travel in the clear.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("CANBAO_TLS") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SESSION_COOKIE_SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE
# Of `check --deploy`. W021: the preload lists of the browsers are for hosts of the public web, and an entry is not taken back within
# months; a host of the government network is asked for by its bookmark, which is https. The rest, without TLS: such a register is
# served on the loopback address only (canbao.cli.serve.check_host), where a browser would refuse what these ask for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if not SESSION_COOKIE_SECURE:
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W011", "security.W016"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Served by the application itself; the folders come from the pinned packages in package-lock.json.
STATIC_URL = "/static/"
STATIC_ROOT = CANBAO_HOME / "static"
MODULES = Path(os.environ.get("CANBAO_MODULES") or PACKAGE.parent / "node_modules")
STATICFILES_FINDERS = ["canbao.web.assets.PinnedFinder", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]
STORAGES = {"staticfiles": {"BACKEND": "canbao.web.assets.HashedStorage"}}
# Plain names stay served, so that a page works before `canbao.web.assets.collect` has run, and a font finds its parts.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# Uploads (canbao.web.bodies says who may send how much): above 2.5 MB below the home until the request is over.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "canbao.web.uploads.PrivateUploadHandler",
]
CANBAO_UPLOADS: Path = CANBAO_HOME / "uploads"
# Django would open what it saves (the files of the pages, too) to everybody on the machine.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
# What a page says once, after an act. In the session: a cookie could be read off the machine.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# What the page for a bug promises: it was written down.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"faults": {"class": "canbao.web.faults.FaultHandler", "level": "ERROR"}},
    # The queue would print what an error says, and with it a row of the database.
    "loggers": {
        "django.request": {"handlers": ["faults"]},
        "procrastinate": {"handlers": ["faults"], "propagate": False},
    },
}

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # for display; the database keeps UTC
USE_I18N = True
LANGUAGE_CODE = "zh-hans"


def database(role: str) -> dict[str, Any]:
    """Connection of one database role: its own login in the embedded server, SET ROLE on a server we were given."""
    if url := os.environ.get("DATABASE_URL"):
        chosen: dict[str, Any] = {**dj_database_url.parse(url)}
        given = chosen.get("OPTIONS", {})
        settings = f"{given.get('options', '')} -c role=canbao_{role}"
        chosen["OPTIONS"] = given | time_limits.options(role, settings=settings)
        return chosen
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": f"canbao_{role}",
        "PASSWORD": password(CANBAO_HOME, role),
        "HOST": str(socket_dir(CANBAO_HOME)),
        "PORT": str(PORT),
        "OPTIONS": time_limits.options(role),
    }


# "default" is what the process works with; "owner" owns the tables and is used for migrations only.
# A page that fails leaves nothing half-written; the note of a refusal, made around it, stays.
# "journal" is a second connection of the same login: a look is committed on it at once, whatever becomes of the request. It waits
# for no lock longer than a few seconds, and what it acknowledges is on disk.
JOURNAL_SESSION = "-c lock_timeout=5s -c synchronous_commit=on"


def journal_database(role: str) -> dict[str, Any]:
    """The connection of looks: as `database`, kept open, looked at before use, every statement its own transaction."""
    chosen = database(role)
    session = " ".join(filter(None, (chosen.get("OPTIONS", {}).get("options", ""), JOURNAL_SESSION)))
    options = {**chosen.get("OPTIONS", {}), "options": session}
    return {**chosen, "OPTIONS": options, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


DATABASES = {
    "default": {**database(CANBAO_LOGIN), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": True},
    "journal": journal_database(CANBAO_LOGIN),
    "owner": database("owner"),
}

# The tasks of the queue; only the worker runs them.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = [f"canbao.jobs.{name}" for name in ("acts", "bulletin", "printing", "survey", "timetable")]

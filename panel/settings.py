"""Django settings. Everything that may differ between two installations comes from the environment."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from panel import environment, pbxs


BASE_DIR = Path(__file__).resolve().parent.parent

# --- from the environment -------------------------------------------------------------------------------------------

DATA_DIR = environment.data_dir(BASE_DIR / "var")
SECRET_KEY = environment.secret_key(DATA_DIR)
DEBUG = environment.flag("DEBUG", False)
HOST = environment.text("HOST", "127.0.0.1")
PORT = environment.port("PORT", 8000)
AMI_URL = pbxs.ami_url()
PBXS = pbxs.pbxs(AMI_URL)
PBX_NAME = next(iter(PBXS))
"""The first: its rows have plain keys, and what belongs to no PBX is its worker's."""

REDIS_URL = environment.Secret(environment.text("REDIS_URL"))
DATABASES = {"default": environment.database(DATA_DIR)}
CHANNEL_LAYERS = environment.channel_layers(REDIS_URL)
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", HOST]
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = environment.language("LANGUAGE_CODE", LANGUAGES)
TIME_ZONE = environment.time_zone("TIME_ZONE", "UTC")

DEMO = not PBXS[PBX_NAME].ami_url
"""No PBX is named: the worker starts the demo PBX beside itself, and the demo log-ins exist."""

_MAIL = environment.mail(DATA_DIR / "mail" if DEMO else None)
SENDS_MAIL = _MAIL is not None
"""Messages can be written to people: EMAIL_URL is set. In the demo they become files."""

_HOW = _MAIL or environment.Mail()
EMAIL_BACKEND = _HOW.backend
EMAIL_HOST = _HOW.host
EMAIL_PORT = _HOW.port
EMAIL_HOST_USER = _HOW.user
EMAIL_HOST_PASSWORD = _HOW.password
EMAIL_USE_TLS = _HOW.use_tls
EMAIL_USE_SSL = _HOW.use_ssl
EMAIL_FILE_PATH = _HOW.folder
WEBHOOK_HOSTS = environment.hosts("WEBHOOK_HOSTS")
"""Hosts inside the own network that webhooks may go to; all others must be outside."""

EMAIL_TIMEOUT = 8  # seconds, for each answer of the mail server
DEFAULT_FROM_EMAIL = environment.mail_sender(_MAIL)

# --- the application ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "panel.apps.PanelAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "lucide",
    "panel.apps.PanelConfig",
    "panel.accounts",
    "panel.directory",
    "panel.live",
    "panel.commands",
    "panel.history",
    "panel.lost",
    "panel.queues",
    "panel.replay",
    "ami_worker",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "panel.middleware.DatabaseOutage",
]

ROOT_URLCONF = "panel.urls"
ASGI_APPLICATION = "panel.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise looks for it before the first collectstatic
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- people ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Operator"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "panel.accounts.backends.OperatorBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
# Name and address together: nobody can lock a colleague out from another desk. The address is the socket's own; no
# header is believed.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "panel.accounts.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- browser security -----------------------------------------------------------------------------------------------

# Behind TLS the origins say so; on a plain office network a Secure cookie would only lock everybody out.
IS_BEHIND_TLS = bool(CSRF_TRUSTED_ORIGINS) and all(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_BEHIND_TLS
# Cookies are not kept apart by port: the prefix keeps another web application on the same machine from setting ours.
SESSION_COOKIE_NAME = "__Host-cordboard-session" if IS_BEHIND_TLS else "cordboard_session"
CSRF_COOKIE_NAME = "__Host-cordboard-csrf" if IS_BEHIND_TLS else "cordboard_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The one inline script is the import map; see panel/templatetags/modules.py.
        "script-src": [SELF, NONCE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
}

# --- the live picture -----------------------------------------------------------------------------------------------

LEASE_SECONDS = 3.0
"""A worker that has not renewed its lease for this long has lost the PBX to the next one."""

CHANGE_RETENTION_SECONDS = 600
"""How long `Change` rows are kept; a reader that is further behind takes a snapshot."""

HISTORY_DAYS = environment.days("HISTORY_DAYS", 400)
"""How long the records of `panel.history` are kept."""

NUMBER_PLAN = environment.number_plan("OUTSIDE_PREFIX", "INTERNATIONAL_PREFIX")
"""What is dialled before a number of outside, and for a +: how a lost caller is called back, and known again."""

REPLAY_HOURS = environment.hours("REPLAY_HOURS", 24)
"""How long the film of the board is kept (`panel.replay`); 0: none is made."""

# --- listening to calls ---------------------------------------------------------------------------------------------

LISTENING_NEEDS_REASON = environment.flag("LISTENING_NEEDS_REASON", True)
"""Whoever listens to a call of others has to say why; the log has it."""

LISTENING_REASONS = environment.reasons("LISTENING_REASONS", ["coaching", "quality check"])
"""The usual ones, which stand in the menu, so that listening is two actions with a reason as well."""

LISTENERS_SHOWN = environment.flag("LISTENERS_SHOWN", True)
"""Everybody who sees a call sees who listens to it; else only those who may listen themselves, or read the log."""

# --- what happens, for whoever runs it --------------------------------------------------------------------------------

LOG_FORMAT = environment.choice("LOG_FORMAT", ("text", "json"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"command": {"()": "panel.logs.CommandKey"}},
    "formatters": {
        "text": {
            "class": "panel.logs.TextLines",
            "format": "{asctime} {levelname} {name}: {message}{about}",
            "style": "{",
        },
        "json": {"class": "panel.logs.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["command"], "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO" if not DEBUG else "DEBUG"},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "psycopg.pool": {"level": "ERROR"},  # who asked for the connection says so; the pool would, twice a second
        "axes": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
    },
}

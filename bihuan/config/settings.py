"""Settings: everything an operator may change comes from the environment (see README, "Running it for real")."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import dj_database_url

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes"}


DATA_DIR = Path(os.environ.get("BIHUAN_DATA_DIR", ROOT / "var")).resolve()
DATABASE_URL = os.environ.get("BIHUAN_DATABASE_URL", f"sqlite:///{DATA_DIR / 'bihuan.sqlite3'}")
DEBUG = _flag("BIHUAN_DEBUG")
# FULL survives a power cut; demo and tests choose NORMAL for speed.
SQLITE_SYNCHRONOUS = os.environ.get("BIHUAN_SQLITE_SYNCHRONOUS", "FULL")


def _secret_key() -> str:
    """The key from the environment, else one made once and kept beside the embedded database."""
    if key := os.environ.get("BIHUAN_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("BIHUAN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
BASE_URL = os.environ.get("BIHUAN_BASE_URL", "http://127.0.0.1:8000")
BEHIND_HTTPS = BASE_URL.startswith("https://")
CSRF_FAILURE_VIEW = "bihuan.kit.ui.errors.csrf_failed"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BEHIND_HTTPS else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    "django_vite",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "axes",
    "csp",
    "bihuan.kit",
    "bihuan.org",
    "bihuan.packs",
    "bihuan.documents",
    "bihuan.process",
    "bihuan.ledger",
    "bihuan.catalogue",
    "bihuan.research",
    "bihuan.strategy",
    "bihuan.home",
]

MIDDLEWARE = [
    "bihuan.kit.ui.middleware.RequestIdMiddleware",
    "bihuan.kit.ui.middleware.PermissionsMiddleware",
    "bihuan.kit.ui.middleware.InputMiddleware",
    "bihuan.kit.ui.middleware.HeadMiddleware",
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
    "django_htmx.middleware.HtmxMiddleware",
    "bihuan.org.middleware.ActorMiddleware",
    "bihuan.kit.language.LanguageMiddleware",
    "bihuan.kit.ui.middleware.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "bihuan.config.urls"
WSGI_APPLICATION = "bihuan.config.wsgi.application"

_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
_CACHED: list[object] = [*_LOADERS] if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)]
_OUTER: list[object] = [("template_partials.loader.Loader", _CACHED)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "builtins": ["django_cotton.templatetags.cotton", "template_partials.templatetags.partials"],
            "loaders": _OUTER,
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "bihuan.kit.ui.context.shell",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "bihuan.kit.sqlite3"
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "cached_statements": 512,
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SQLITE_SYNCHRONOUS}; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-32000;"
        ),
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        "-c lock_timeout=10000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
        # Compiling one of our conditions of visibility takes seconds, running it milliseconds.
        " -c jit=off"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "org:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "org:sign_in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "bihuan.org.views.locked_out"

# Requests one access token may make a minute, in each server process.
API_REQUESTS_A_MINUTE = int(os.environ.get("BIHUAN_API_REQUESTS_A_MINUTE", "300"))

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if BEHIND_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if BEHIND_HTTPS else "csrf"
SECURE_SSL_REDIRECT = BEHIND_HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# The largest request of all: one file (kit.files) and its envelope. Told before the body is read or written to disk.
LARGEST_BODY = 21 * 2**20

LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [PACKAGE / "locale"]
_CATALOGUES = {"zh-hant": ("zh_Hant", "繁體中文"), "en": ("en", "English")}
# A language is offered once its catalogue is compiled (`make compile-messages`).
LANGUAGES = [
    (LANGUAGE_CODE, "简体中文"),
    *(
        (code, name)
        for code, (locale, name) in _CATALOGUES.items()
        if (LOCALE_PATHS[0] / locale / "LC_MESSAGES" / "django.mo").exists()
    ),
]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
FRONTEND_DIST = Path(os.environ.get("BIHUAN_FRONTEND", ROOT / "frontend" / "dist"))
FONTS_DIR = Path(os.environ.get("BIHUAN_FONTS", FRONTEND_DIST / "fonts"))  # for paper; `make setup` fills it
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
_HASHED = re.compile(r"^.+[.-][0-9a-zA-Z_-]{8,12}\..+$")


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:  # noqa: N802 - name given by whitenoise
    """Bundled files carry a hash in their name: browsers may keep them for ever."""
    return bool(_HASHED.match(url))


WHITENOISE_USE_FINDERS = True
DJANGO_VITE = {
    "default": {
        "dev_mode": not (FRONTEND_DIST / "manifest.json").exists(),
        "manifest_path": FRONTEND_DIST / "manifest.json",
    }
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
EMAIL_BACKEND = os.environ.get("BIHUAN_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = os.environ.get("BIHUAN_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("BIHUAN_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("BIHUAN_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("BIHUAN_SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("BIHUAN_SMTP_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("BIHUAN_MAIL_FROM", "bihuan@localhost")

FILES_DIR = Path(os.environ.get("BIHUAN_FILES_DIR", DATA_DIR / "files"))
PACKS_DIR = ROOT / "packs"
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "bihuan.kit.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if os.environ.get("BIHUAN_LOG_FORMAT") == "json" else "line",
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("BIHUAN_LOG_LEVEL", "WARNING")},
}

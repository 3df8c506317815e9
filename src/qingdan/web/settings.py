"""All settings, from environment variables with safe defaults.

Every variable is listed in ``docs/operators.md``. A missing secret key is made once and kept in the data
folder, so that a fresh machine starts safely without any configuration.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


DATA_DIR = Path(os.environ.get("QD_DATA", "data")).resolve()
DEBUG = _flag("QD_DEBUG")


def _secret_key() -> str:
    """The signing key: QD_SECRET_KEY, or one made once in the data folder with owner-only access."""
    if key := os.environ.get("QD_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret.key"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    # O_EXCL: of two processes that start together one makes the key, the other reads it.
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(key)
    except FileExistsError:
        return path.read_text("ascii").strip()
    return key


def _database(url: str) -> dict[str, object]:
    """A Django database entry from ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "qingdan.web.common.db.sqlite3",
            "NAME": parts.path.removeprefix("/") if parts.path != "/:memory:" else ":memory:",
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": ":memory:"},
            "OPTIONS": {
                # IMMEDIATE takes the write lock at BEGIN: a read-then-write transaction then waits for
                # its turn; with DEFERRED three in four competing writes fail as "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # synchronous=FULL: what was acknowledged is on disk; with NORMAL a power failure takes the last of it.
                # secure_delete: what is overwritten or deleted is zeroed in the file (personal data, see `erasure`).
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
                "PRAGMA secure_delete=ON;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "qingdan.web.common.db.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(f"DATABASE_URL: {parts.scheme}: 只支持 sqlite 与 postgresql (only these two).")


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = _words("QD_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _words("QD_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    # Only because its sign-in backends and forms import its models; no permission of it is used.
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "qingdan.web.common",
    "qingdan.web.units",
    "qingdan.web.trust",
    "qingdan.web.tasks",
    "qingdan.web.board",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "qingdan.web.common.middleware.content_security_policy",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qingdan.web.units.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qingdan.web.common.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "qingdan.web.urls"
WSGI_APPLICATION = "qingdan.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "qingdan.web.units.context.shell",
            ],
        },
    },
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'qingdan.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "units.User"
AUTHENTICATION_BACKENDS = ["qingdan.web.units.signin.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": int(os.environ.get("QD_PASSWORD_LENGTH", "10"))},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "units:signin"
LOGIN_REDIRECT_URL = "home"

SESSION_COOKIE_NAME = "qd_session"
# A session unused for this long ends (0: never); a password older than this many days must be changed (0: never).
QD_IDLE_SECONDS = int(os.environ.get("QD_IDLE_SECONDS", "1800"))
QD_PASSWORD_DAYS = int(os.environ.get("QD_PASSWORD_DAYS", "0"))
SESSION_COOKIE_AGE = int(os.environ.get("QD_SESSION_SECONDS", str(8 * 3600)))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _flag("QD_HTTPS")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("QD_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = int(os.environ.get("QD_HSTS_SECONDS", "0"))
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "qd_language"
TIME_ZONE = os.environ.get("QD_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static" if _flag("QD_MANIFEST") else None
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG and _flag("QD_MANIFEST")
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
# Without a manifest (demo, development) the files are served from the installed package.
WHITENOISE_USE_FINDERS = not _flag("QD_MANIFEST")

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

EMAIL_HOST = os.environ.get("QD_EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("QD_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("QD_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("QD_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("QD_EMAIL_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("QD_EMAIL_FROM", "qingdan@localhost")

# A demo's clock starts at this local time ("2017-08-03T09:00") when the process starts; empty: the real time.
QD_CLOCK = os.environ.get("QD_CLOCK", "")
# The webhook robot for digests: kind ("wecom" or "dingtalk") and its address; empty: none.
QD_WEBHOOK_KIND = os.environ.get("QD_WEBHOOK_KIND", "wecom")
QD_WEBHOOK_URL = os.environ.get("QD_WEBHOOK_URL", "")
# The log of events: its name on checkpoints (no spaces, no plus sign), and its hash, sha256 or sm3, chosen once.
QD_LOG_ORIGIN = os.environ.get("QD_LOG_ORIGIN", "qingdan.local/log")
QD_LOG_HASH = os.environ.get("QD_LOG_HASH", "sha256")
# Checkpoints get a second signature, SM2 with SM3, by OpenSSL.
QD_LOG_SM2 = _flag("QD_LOG_SM2")
# What may stand before a unit's name in a ledger or be left out, comma separated: "成都市郫都区,郫都区".
QD_DISTRICT = os.environ.get("QD_DISTRICT", "")
QD_SYSTEM_NAME = os.environ.get("QD_SYSTEM_NAME", "清单 · 目标督查任务清单系统")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("QD_LOG_LEVEL", "INFO")},
}

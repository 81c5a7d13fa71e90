"""The one settings file. What differs between machines comes from the environment (``env.py``, ``.env.example``)."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from accounts import logs
from carbon_portal import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("PORTAL_VAR", BASE_DIR / "var")

# A demo deployment may move the business clock, shows its log-ins and draws the demo seal; production can do none of it.
DEMO = env.flag("PORTAL_DEMO")
TESTING = env.flag("PORTAL_TESTING")
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1")
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

SITE_NAME = env.text("SITE_NAME", "青岚碳普惠")
SITE_NAME_EN = env.text("SITE_NAME_EN", "Qinglan Carbon Inclusion")
BUREAU_NAME = env.text("BUREAU_NAME", "青岚市生态环境局（演示）")
# Where a decision can be contested. Without them no decision against an applicant is made.
REVIEW_BODY = env.text("REVIEW_BODY", "青岚市人民政府（演示）" if DEMO or TESTING else "")
COURT_NAME = env.text("COURT_NAME", "青岚市中级人民法院（演示）" if DEMO or TESTING else "")
HOTLINE = env.text("HOTLINE", "0990-1234-5678")
# The division a citizen belongs to who registers by phone: the city this deployment serves.
HOME_DIVISION = env.text("HOME_DIVISION", "9901")
DEMO_PASSWORD = "Qinglan-demo-1" if DEMO or TESTING else ""
DEMO_TILL = (
    {"店员 03": "1357", "值班长": "2468"} if DEMO or TESTING else {}
)  # who is at the demo's till, and their PINs
LOG_SIGNING_KEY = env.text("LOG_SIGNING_KEY", "")
# Personal fields are sealed by a ring of keys and found by a separate pepper; only a demo may derive both from SECRET_KEY.
_stand_in = SECRET_KEY if DEMO or TESTING else ""
PERSONAL_KEYS = env.key_ring("PERSONAL_KEYS", stand_in=_stand_in)
PERSONAL_PEPPER = env.secret("PERSONAL_PEPPER", stand_in=_stand_in)
# The class that sends short messages; without one only a demo sends any, to its own page.
SMS_ADAPTER = env.text("SMS_ADAPTER", "accounts.sms.DemoSms" if DEMO or TESTING else "")
ISSUER_NAME = env.text("ISSUER_NAME", "青岚市碳普惠运营管理中心（演示）")
# What an agreement's buyer pays is passed on less this fee, in millionths of the amount: 6000 is 0.6 %.
TRADE_FEE_PPM = env.integer("TRADE_FEE_PPM", 0)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "pgtrigger",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "accounts",
    "office",
    "certificates",
    "methodologies",
    "scenarios",
    "projects",
    "registry",
    "trading",
    "rewards",
    "carbon_portal.site",
]

MIDDLEWARE = [
    "carbon_portal.health.metrics.count_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.request_context",
    "accounts.middleware.keep_signed_body",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "carbon_portal.site.middleware.limit_addresses",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.refuse_nul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.log_out_idle",
    "accounts.middleware.require_second_factor",
    "accounts.middleware.note_auditor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "carbon_portal.site.middleware.relax_admin_csp",
    "carbon_portal.site.middleware.say_busy",
    "carbon_portal.site.middleware.nudge_after_post",
    "carbon_portal.site.middleware.tell_of_exports",
]

ROOT_URLCONF = "carbon_portal.urls"
WSGI_APPLICATION = "carbon_portal.wsgi.application"
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
                "carbon_portal.site.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "carbon_portal.site.templatetags.portal",
            ],
        },
    }
]

# The application role may not rewrite books, events or the log; only ``migrate`` runs as the owner (empty role).
DB_APP_ROLE = "portal_app"
DATABASES = {"default": env.database("DATABASE_URL", env.text("PORTAL_DB_ROLE", DB_APP_ROLE))}
# Web requests give up early; workers, which run the long jobs, are started with a longer time-out.
DATABASES["default"]["OPTIONS"]["options"] += (
    f" -c statement_timeout={env.integer('STATEMENT_TIMEOUT_MS', 15_000)} -c lock_timeout={env.integer('LOCK_TIMEOUT_MS', 3_000)}"
)
if env.flag("PORTAL_DB_POOL"):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5}
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "redis://localhost:6379/0")
# Pages are kept in no cache.
CACHES = {
    # Rate limits and used codes of the log-in: a table, because it is there when the broker is not.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}
# Requests to the API in a minute, by one key or signed-in person, and from one address; tests set their own.
API_CALLER_A_MINUTE = env.integer("API_CALLER_A_MINUTE", 10**6 if TESTING else 600)
API_ADDRESS_A_MINUTE = env.integer("API_ADDRESS_A_MINUTE", 10**6 if TESTING else 1200)
# How many proxies of ours stand before the portal; each adds the address it saw to X-Forwarded-For.
PROXIES = env.integer("PROXIES", 0)
CELERY_BROKER_URL = REDIS_URL
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # the worker logs as the web does
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_TIMEZONE = "Asia/Shanghai"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
    ),
    {"NAME": "accounts.passwords.ThreeKindsForStaff"},
]
if TESTING:  # people of the test world sign in a hundred times
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Log-in: five wrong tries close the door for thirty minutes; who does nothing is logged out, staff sooner.
SIGN_IN_TRIES, SIGN_IN_CLOSED_MINUTES = 5, 30
STAFF_IDLE_MINUTES = env.integer("STAFF_IDLE_MINUTES", 30)
IDLE_MINUTES = env.integer("IDLE_MINUTES", 480)
ACCOUNT_ADAPTER, MFA_ADAPTER = "accounts.adapters.AccountDoor", "accounts.adapters.SecondFactorDoor"
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"username"}, ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login_failed": False}  # counted by accounts.services.tries instead, in PostgreSQL
ACCOUNT_FORMS = {
    name: f"carbon_portal.site.forms.{form}"
    for name, form in (
        ("login", "SignInForm"),
        ("change_password", "NewPasswordForm"),
        ("set_password", "FirstPasswordForm"),
        ("reauthenticate", "AgainForm"),
    )
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER, MFA_TOTP_TOLERANCE = SITE_NAME, 1
MFA_FORMS = {
    "authenticate": "accounts.second_factor.CodeForm",
    "reauthenticate": "accounts.second_factor.CodeAgainForm",
    "activate_totp": "accounts.second_factor.FirstCodeForm",
}
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_ON = bool(EMAIL_HOST) or DEMO or TESTING
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "noreply@localhost")
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = ACCOUNT_SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and not TESTING
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# A load balancer and Prometheus ask over plain HTTP inside the machine room.
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Chinese is the language the sentences are written in; English is complete for public, owner and certificate pages.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "deploy" / "unfold_words"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
# Where back-ups go, a second place on another machine's disk, and how many stay in each (0: all).
BACKUP_TO = env.folder("BACKUP_TO", VAR_DIR / "backups")
BACKUP_ALSO = env.folder_or_none("BACKUP_ALSO")
BACKUP_KEEP = env.integer("BACKUP_KEEP", 0)
# Who may read /metrics: whoever has the token, or comes from one of these networks without a proxy.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
METRICS_NETWORKS = env.networks("METRICS_NETWORKS", "127.0.0.0/8,::1/128")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = TESTING

# A meter's year of 15-minute values is about 1.5 MB; twenty is the limit of the file rules.
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "accounts.uploads.CappedUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.signing.SignedRequest",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.limits.CallerLimit"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.shapes.Json"],
    "DEFAULT_SCHEMA_CLASS": "accounts.described.DoorSchema",
    "EXCEPTION_HANDLER": "accounts.problems.problem",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": _("青岚碳普惠接口"),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "POSTPROCESSING_HOOKS": [],
}

UNFOLD = {
    "SITE_TITLE": _("碳普惠办公"),
    "SITE_HEADER": _("碳普惠办公"),
    "SITE_SYMBOL": "eco",
    "SHOW_LANGUAGES": False,
    "STYLES": [
        lambda request: "/static/desk.css",
        lambda request: "/static/work.css",
        lambda request: "/static/inbox.css",
    ],
    "SIDEBAR": {"navigation": "office.menu.navigation"},
    "DASHBOARD_CALLBACK": "office.worklist.dashboard",
    "COLORS": {
        "primary": {
            "50": "oklch(97.2% .018 161)",
            "100": "oklch(94.2% .032 161)",
            "200": "oklch(89% .058 161)",
            "300": "oklch(81.5% .085 161)",
            "400": "oklch(71.5% .105 161)",
            "500": "oklch(58.5% .11 161)",
            "600": "oklch(46.2% .0995 161)",
            "700": "oklch(41% .088 161)",
            "800": "oklch(36.2% .076 161)",
            "900": "oklch(30.5% .06 161)",
            "950": "oklch(22.5% .042 161)",
        }
    },
}

LOGGING = logs.configuration(env.text("LOG_LEVEL", "INFO"))
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

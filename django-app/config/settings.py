"""Django settings, the same file everywhere: what differs comes from the environment."""

from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from botocore.config import Config

from config.environment import load
from config.log import logging_config

django_stubs_ext.monkeypatch()  # generic classes such as ModelAdmin[Recipe]

env = load()

BASE_DIR = Path(__file__).resolve().parent.parent

# Core
SECRET_KEY = env.secret_key
SECRET_KEY_FALLBACKS = env.secret_key_fallbacks
DEBUG = env.debug
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.csrf_trusted_origins
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
APP_VERSION = env.version
APP_COMMIT = env.commit
APP_ENVIRONMENT = env.name
METRICS_NAMESPACE = env.metrics_namespace
AWS_REGION = env.region

INSTALLED_APPS = [
    "apps.core",  # before the packages whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "apps.users",
    "apps.recipes",
]

MIDDLEWARE = [
    # First: a load balancer's check carries the task's address as Host and speaks HTTP.
    "apps.core.health.HealthMiddleware",
    "apps.core.request_log.RequestLogMiddleware",
    "apps.core.body_limit.BodyLimitMiddleware",
    "apps.core.failover.FailoverMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.security.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

# Database
DATABASES = {
    "default": {
        "ENGINE": "apps.core.postgresql",
        "HOST": env.database.host,
        "PORT": env.database.port,
        "NAME": env.database.name,
        "USER": env.database.user,
        "PASSWORD": env.database.password,
        "SECRET_ARN": env.database.secret_arn,
        "SECRET_REGION": env.region,
        # A failover or rotation is over within a minute: no connection outlives it by much.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "sslmode": env.database.ssl_mode,
            "application_name": "recipe-api",
            "connect_timeout": 5,  # seconds
            # Notice a database that vanished without closing its connections.
            "keepalives_idle": 30,  # seconds
            "tcp_user_timeout": 10_000,  # milliseconds
            # Milliseconds; migrate_locked sets its own.
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000",
        },
    }
}

# Holds rate limits only, and each process has its own: nothing may rely on it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # clients a minute
    }
}
# Requests a minute, client and process. The default is half of what a process can answer.
RATE_LIMITS = {"requests": env.rate_limit, "credentials": 30}
SLOW_QUERY_MS = env.slow_query_ms

# Background tasks are rows of the database: no broker to run, and a task exists exactly when
# the transaction that enqueued it was committed. `manage.py worker` runs them.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Users
AUTH_USER_MODEL = "users.User"
ACCESS_TOKEN_LIFETIME = timedelta(hours=12)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_IMAGE_PIXELS = 16_000_000  # 64 MB once decoded as RGBA
MAX_UPLOAD_BYTES = MAX_IMAGE_BYTES + 64 * 1024  # the image and the multipart form around it
MAX_BODY_BYTES = 1024 * 1024  # of any other request; the largest recipe, all escaped, has 250 KB
STORAGES = {
    "default": {
        "BACKEND": "apps.core.storage.UniqueNamesS3Storage",
        "OPTIONS": {
            "bucket_name": env.media_bucket,
            "region_name": env.region,
            "location": "media",
            "client_config": Config(
                signature_version="s3v4",
                # Links name the region's endpoint. The global one redirects for a new bucket,
                # and the redirected signature is refused (boto/boto3#3015).
                s3={"addressing_style": "virtual"},
                # Seconds. Three attempts of a silent S3 end before gunicorn's and the
                # worker's patience does.
                connect_timeout=2,
                read_timeout=10,
                retries={"mode": "standard"},
            ),
            "default_acl": None,  # private through the bucket's policy
            # Through a CDN, links are as hard to guess as the random names and do not expire.
            "custom_domain": env.media_base_url.removeprefix("https://") or None,
            "querystring_auth": True,
            "querystring_expire": 900,  # seconds
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# HTTPS ends at the load balancer, which overwrites X-Forwarded-Proto.
SECURE_SSL_REDIRECT = env.secure
SESSION_COOKIE_SECURE = env.secure
CSRF_COOKIE_SECURE = env.secure
if env.secure:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    # Browsers keep to it for a year, so it is said of this host only unless somebody asks.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.hsts_subdomains
    SECURE_HSTS_PRELOAD = env.hsts_preload
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    # A browser takes these from this host over HTTPS only, never from a subdomain.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SESSION_ENGINE = "apps.core.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # seconds, as long as a token
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Swagger UI's and the admin's icons
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.users.authentication.AccessTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "apps.core.renderers.JSONRenderer",
        "apps.core.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["apps.core.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.CursorPagination",
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.throttling.RequestThrottle"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.exceptions.exception_handler",
    # Each of them appends the address that it was reached from; the rest may be made up.
    "NUM_PROXIES": env.proxies,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Recipe API",
    "DESCRIPTION": "Recipes with their tags, ingredients and images.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVE_AUTHENTICATION": [],
    "PREPROCESSING_HOOKS": ["apps.core.schema.one_class_an_operation"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.schema.problems",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    # Its validator is another site.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}

LOGGING = logging_config(level=env.log_level, version=env.version, environment=env.name)

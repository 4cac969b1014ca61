"""Django settings, the same file everywhere: what differs comes from the environment."""

from datetime import timedelta
from pathlib import Path

from config.environment import load
from config.log import logging_config

env = load()

BASE_DIR = Path(__file__).resolve().parent.parent

# Core
SECRET_KEY = env.secret_key
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
APP_ENVIRONMENT = env.name
AWS_REGION = env.region

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "apps.core",
    "apps.users",
    "apps.recipes",
]

MIDDLEWARE = [
    # First: a load balancer's check carries the task's address as Host and speaks HTTP.
    "apps.core.health.HealthMiddleware",
    "apps.core.request_log.RequestLogMiddleware",
    "apps.core.body_limit.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
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

# Rate limits are counted per process: they slow guessing down, they are no quota.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

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
MAX_BODY_BYTES = MAX_IMAGE_BYTES + 64 * 1024  # the image and the multipart form around it
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.media_bucket,
            "region_name": env.region,
            "location": "media",
            "signature_version": "s3v4",
            # Links name the region's endpoint. The global one redirects for a new bucket, and
            # the redirected signature is refused (boto/boto3#3015).
            "addressing_style": "virtual",
            "default_acl": None,  # private through the bucket's policy
            "querystring_auth": True,
            "querystring_expire": 900,  # seconds
            # Names are random: a look-up before each upload would only need ListBucket.
            "file_overwrite": True,
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
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.users.authentication.AccessTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.exceptions.exception_handler",
    "DEFAULT_THROTTLE_RATES": {"credentials": "30/min"},
    "NUM_PROXIES": 1,  # the load balancer appends the client's address
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Recipe API",
    "DESCRIPTION": "Recipes with their tags, ingredients and images.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = logging_config(level=env.log_level, version=env.version, environment=env.name)

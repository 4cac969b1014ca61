"""The real settings; the database comes from the environment, nothing else has to be set.

mypy reads them too, which needs no database.
"""

import os

DEFAULTS = {
    "DJANGO_SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DJANGO_ALLOWED_HOSTS": "testserver",
    "DJANGO_SECURE": "false",
    "AWS_REGION": "eu-central-1",
    "MEDIA_BUCKET": "test-media",
    "APP_VERSION": "1.2.3",
    "APP_ENVIRONMENT": "test",
}
for name, value in DEFAULTS.items():
    os.environ[name] = value
for name in ("DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD"):
    os.environ.setdefault(name, "none.invalid")

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    # The hashed names come from collectstatic, which the image's build runs.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

"""The real settings over plain HTTP, with static files as collectstatic leaves them."""

import os

from config.settings import *  # noqa: F403

STATIC_ROOT = os.environ["TEST_STATIC_ROOT"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in tests.settings

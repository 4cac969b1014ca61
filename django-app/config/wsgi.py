"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Load every view now: a broken one stops the task from starting, and the first request is
# as fast as the others. Health answers alone would not load them.
_ = get_resolver().url_patterns

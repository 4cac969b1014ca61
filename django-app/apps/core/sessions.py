"""Sessions in the database that outlive a change of SECRET_KEY.

Django gives a session that an older key has signed a new id, under the newest key, and
deletes the old one. Requests that the browser sent at the same moment carry the old id: they
would be answered as if nobody were signed in, and the last answer would take the cookie away.
While tasks of both keys serve, that happens at every other request.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

# Seconds in which a browser has the answer with the new id.
GRACE = 60


class SessionStore(DatabaseStore):
    """Leaves the old id of a signed-in session valid for a minute when it gets a new one.

    Signing in still ends the id from before, which another person may have planted. An id
    that is left knows nothing of a later password: it is refused like any older session.
    """

    def cycle_key(self) -> None:
        if SESSION_KEY not in self:
            super().cycle_key()
            return
        old, data = self.session_key, self._session  # type: ignore[attr-defined]
        self.create()
        self._session_cache = data
        until = timezone.now() + timedelta(seconds=GRACE)
        self.model.objects.filter(session_key=old, expire_date__gt=until).update(expire_date=until)

"""django.db.backends.postgresql with credentials from Secrets Manager.

settings.DATABASES takes two more keys: SECRET_ARN (empty: USER and PASSWORD are used) and
SECRET_REGION.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from apps.core.postgresql.secret import Credentials, database_secret

logger = logging.getLogger("app.database")

# Seconds to wait before each look at the secret after a refusal. A rotation changes the
# password in the database a moment before the secret shows it.
REFUSED_DELAYS = (0, 0.25, 0.5, 1, 2)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        arn = self.settings_dict.get("SECRET_ARN")
        if not arn:
            return self._connect(conn_params)

        secret = database_secret(arn, self.settings_dict["SECRET_REGION"])
        credentials = secret.get()
        try:
            return self._connect_as(credentials, conn_params)
        except psycopg.OperationalError as error:
            if not is_refused(error):
                raise
            refusal = error
        for delay in REFUSED_DELAYS:
            time.sleep(delay)
            fresh = secret.get(rejected=credentials)
            if fresh == credentials:
                continue
            logger.info("database credentials have changed, using the new ones")
            return self._connect_as(fresh, conn_params)
        raise refusal

    def _connect_as(
        self, credentials: Credentials, conn_params: dict[str, Any]
    ) -> psycopg.Connection[Any]:
        return self._connect(
            {**conn_params, "user": credentials.username, "password": credentials.password}
        )

    def _connect(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        return connection


def is_refused(error: psycopg.OperationalError) -> bool:
    """Tell whether the server refused the user name or password.

    libpq does not pass on the SQLSTATE (28P01) of a failed connection, only the text.
    """
    return "password authentication failed" in str(error)

#!/bin/sh
# Starts PostgreSQL as the official image's entry point does: POSTGRES_USER (postgres), POSTGRES_PASSWORD or
# POSTGRES_PASSWORD_FILE, POSTGRES_DB (the user's name), POSTGRES_INITDB_ARGS, /docker-entrypoint-initdb.d.
set -eu
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"

case "${1:-postgres}" in
-*) set -- postgres "$@" ;;
postgres) ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  fi
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "docker-entrypoint: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE" >&2
    exit 1
  fi
  secret=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$secret"
  # shellcheck disable=SC2086 # several arguments on purpose
  initdb --username="$user" --pwfile="$secret" --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --no-sync ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm -f "$secret"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"

  # Reachable over the socket only until its database exists.
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -c ssl=off -c fsync=off" start >/dev/null
  if [ "$database" != postgres ]; then
    createdb --username="$user" --maintenance-db=postgres "$database"
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
    *.sh) . "$file" ;;
    *.sql) psql -v ON_ERROR_STOP=1 --username="$user" --dbname="$database" --file="$file" >/dev/null ;;
    esac
  done
  pg_ctl -D "$PGDATA" -w -m fast stop >/dev/null
fi
unset POSTGRES_PASSWORD PGPASSWORD

shift $(($# > 0))
exec postgres -c listen_addresses='*' "$@"

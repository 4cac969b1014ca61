#!/bin/sh
# debian:trixie-slim -> postgres:17-alpine: Debian's PostgreSQL 17 behind the official image's interface.
set -eu
. /mnt/slipway/apt.sh
mkdir -p /etc/postgresql-common
# No cluster of its own: the entry point makes one at start.
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt_install postgresql-17 ca-certificates tzdata
install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
install -d -o postgres -g postgres -m 2775 /var/run/postgresql
for tool in postgres psql pg_isready pg_dump pg_restore pg_ctl initdb createdb; do
  ln -sf "/usr/lib/postgresql/17/bin/$tool" "/usr/local/bin/$tool"
done
install -m 0755 /mnt/slipway/postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
apt_clean
postgres --version

#!/bin/sh
# python:3.13-slim -> MiniStack and what it needs, from the lock file, and HAProxy, which carries the traffic of load
# balancers.
set -eu
. /mnt/slipway/apt.sh
apt_install haproxy
apt_clean
haproxy -v | head -1
python3 -m venv --without-pip /opt/aws
pip --python /opt/aws/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
  -r /mnt/slipway/requirements.lock
/opt/aws/bin/python -m compileall -q /opt/aws/lib || true

#!/bin/sh
# python:3.13-slim -> MiniStack and what it needs, from the lock file.
set -eu
python3 -m venv --without-pip /opt/aws
pip --python /opt/aws/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
  -r /mnt/slipway/requirements.lock
/opt/aws/bin/python -m compileall -q /opt/aws/lib || true

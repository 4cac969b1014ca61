#!/bin/sh
# debian:trixie-slim -> python:3.13-slim: Debian's Python under the names and paths of the official image.
set -eu
. /mnt/slipway/apt.sh
apt_install python3 python3-venv ca-certificates netbase tzdata
# pip goes to /usr/local like the official image's, from the wheel that Debian ships for ensurepip:
# it can upgrade itself there, and the 30 packages of python3-pip stay out.
rm -f /usr/lib/python3.*/EXTERNALLY-MANAGED
set -- /usr/share/python-wheels/pip-*.whl
python3 "$1/pip" install --quiet --no-cache-dir --no-index --no-compile --root-user-action=ignore "$1"
for name in python3 python; do ln -sf /usr/bin/python3 "/usr/local/bin/$name"; done
ln -sf /usr/bin/pydoc3 /usr/local/bin/pydoc3
apt_clean
python --version
pip --version

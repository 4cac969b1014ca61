"""Smoke check: does the deployed app serve, store and read back?

Runs the check of app_check.py through the load balancer. Exits non-zero with the
first thing that is wrong.

    python -m smoke --url http://HOST [--local]
"""

from __future__ import annotations

import argparse
import sys

import requests
from api import Api, SmokeError
from app_check import check

import local


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="the stack's url output")
    parser.add_argument("--local", action="store_true", help="connect to the load balancers of the local AWS")
    arguments = parser.parse_args()
    try:
        outcome = check(Api(arguments.url, *(local.where(arguments.url) if arguments.local else ())))
    except (SmokeError, requests.RequestException, KeyError) as error:
        print(f"smoke check failed: {error}\nSee 'make logs' for the app's side.", file=sys.stderr)
        return 1
    print(f"smoke check passed: {outcome}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

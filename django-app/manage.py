#!/usr/bin/env python
"""Run a Django management command."""

import os
import sys

from django.core.management import execute_from_command_line

from config.environment import load_or_exit


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    load_or_exit()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

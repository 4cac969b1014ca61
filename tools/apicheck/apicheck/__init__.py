"""Checks the requests that the programs make by AWS's own API models and documents."""

import sys
from pathlib import Path

# The control planes and the proxy before them are the end-to-end tests' own.
sys.path.append(str(Path(__file__).resolve().parents[3] / "e2e"))

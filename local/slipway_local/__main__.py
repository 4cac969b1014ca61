"""`python -m slipway_local COMMAND`."""

from slipway_local.cli import main

main()

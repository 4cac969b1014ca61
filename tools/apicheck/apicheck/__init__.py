"""Checks the requests that the programs make by AWS's own API models and documents."""

"""Starts, fills and removes the local AWS that runs the same program as the real one."""

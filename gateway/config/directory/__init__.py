"""Checks and builds people and groups."""

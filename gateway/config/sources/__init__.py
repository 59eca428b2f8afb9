"""Checks and builds sources."""

"""Checks and builds routes and the fallback."""

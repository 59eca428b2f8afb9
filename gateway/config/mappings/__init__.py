"""Checks and builds mappings of foreign payloads."""

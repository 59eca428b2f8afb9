"""Checks and builds calendars, schedules, rotations and lookups in one pass."""

"""Calendars, schedules, rotations and lookups: checked and built in one pass."""

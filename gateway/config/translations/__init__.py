"""Checks and builds messages in other languages, from the files in `translations/`."""

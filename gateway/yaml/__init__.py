"""Parses YAML into documents that know the place of each value, with advice for syntax errors."""

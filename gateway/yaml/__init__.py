"""YAML text -> documents that know the place of each value, and advice for syntax errors."""

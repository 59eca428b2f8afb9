"""People and groups: checked and built."""

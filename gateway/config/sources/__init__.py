"""Sources: checked and built."""

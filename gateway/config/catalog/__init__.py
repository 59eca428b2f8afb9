"""The catalogue: checked and built."""

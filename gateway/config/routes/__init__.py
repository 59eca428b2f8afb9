"""Routes and the fallback: checked and built."""

"""Mappings of foreign payloads: checked and built."""

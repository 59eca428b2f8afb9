"""Channels, providers and contacts: checked and built."""

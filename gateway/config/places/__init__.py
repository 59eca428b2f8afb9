"""Checks and builds channels, providers and contacts."""

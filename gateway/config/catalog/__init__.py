"""Checks and builds the catalogue (`catalog.yaml`)."""

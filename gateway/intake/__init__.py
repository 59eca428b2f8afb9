"""Turns what sources post into events that are committed in the ledger."""

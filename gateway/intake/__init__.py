"""Intake: from the bytes a source posts to events committed in the ledger."""

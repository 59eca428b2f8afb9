"""The ledger in Redis: the truth about events and deliveries."""

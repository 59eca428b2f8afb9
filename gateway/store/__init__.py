"""The ledger in Redis or Valkey: the truth about events and deliveries."""

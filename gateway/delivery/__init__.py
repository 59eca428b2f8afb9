"""The worker: takes due deliveries, sends their messages, and records the results."""

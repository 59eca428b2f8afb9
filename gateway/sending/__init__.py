"""Sending one message to one target through Apprise, and everything that knows Apprise."""

"""Decides who is notified of an event, and why. Pure functions of the event and the configuration."""

"""Who hears of an event, and why: pure functions of the event and the configuration."""

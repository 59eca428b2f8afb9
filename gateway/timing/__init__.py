"""What time does to events: pure functions of the event, the configuration and the moment."""

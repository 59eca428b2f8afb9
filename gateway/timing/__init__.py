"""What events mean for time: timers, thresholds, rollups and delays. Pure functions of event,
configuration and moment."""

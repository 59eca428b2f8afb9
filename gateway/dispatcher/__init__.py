"""The dispatcher: due retries, timers, rescheduling and alarms."""

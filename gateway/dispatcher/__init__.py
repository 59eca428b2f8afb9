"""The dispatcher: what is due, timers, rescheduling, alarms."""

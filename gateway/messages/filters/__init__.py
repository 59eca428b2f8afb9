"""The filters of message templates."""

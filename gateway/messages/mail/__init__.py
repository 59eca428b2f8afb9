"""Turns a message into a mail: subject, HTML, plain text, and headers."""

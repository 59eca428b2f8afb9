"""Turns an event into a message for one kind of service: templates, escaping, layout, markup. Pure."""

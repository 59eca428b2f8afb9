"""From an event to a message for one kind of service: templates, escaping, layout, markup."""

"""Mail: a message as subject, HTML and plain text, and the headers that go with it."""

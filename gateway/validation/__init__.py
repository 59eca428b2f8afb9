"""JSON Schema: compiled validators, and explanations of what a person must change in an invalid document."""

"""JSON Schema: compiled validators, and what a person must change where a value does not fit."""

"""Conditions (`when`): read from the YAML's data, and evaluated with a reason.

Equality is that of JSON: text is not a number, and true is not the text "true". Order is looser, since amounts arrive
as text ("434.60"): what reads as a number is compared as one, and what reads as a date or a time as a moment. A list
(`ticket.tags`, `alerts.customer.name`) meets a comparison when one of its elements does, and `not` when none of them
is what is excluded. Null counts as missing, also inside a list. A value that cannot be compared does not hold, and
the reason says so.
"""

"""Conditions (`when`): parsing them from the YAML's data, and evaluating them with a reason.

Equality is that of JSON: text is not a number, and true is not the text "true". Ordering is looser, since amounts often
arrive as text ("434.60"): what reads as a number is compared as a number, and what reads as a date or a time as a
moment.

A list (`ticket.tags`, `alerts.customer.name`) meets a comparison if one of its elements does; it meets `not` if none of
its elements is excluded. Null counts as missing, also inside a list. A comparison with a value that cannot be compared
does not hold, and the reason says so.
"""

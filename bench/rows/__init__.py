"""What is measured of the gateway alone: one module a row."""

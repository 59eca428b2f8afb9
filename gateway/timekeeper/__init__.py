"""What the gateway tells by itself when the time has come."""

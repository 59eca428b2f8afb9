"""The fault campaign: what the gateway promises, shown while its processes, its server and its network fail."""

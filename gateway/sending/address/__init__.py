"""Makes the Apprise object that sends to an address of the configuration."""

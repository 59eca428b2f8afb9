"""From an address of the configuration to the Apprise object that sends to it."""

"""From a due delivery to the provider's answer."""

"""Pure: what a sender posted becomes events in the gateway's own envelope, by the rules of a mapping."""

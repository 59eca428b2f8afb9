"""Turns what a sender posted into events in the gateway's own envelope, by the rules of a mapping. Pure."""

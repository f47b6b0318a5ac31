"""Measurements of the whole system on this machine, against the local cloud."""

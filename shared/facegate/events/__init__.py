"""The edges: each trigger's event becomes the one command, and the outcome the trigger's answer."""

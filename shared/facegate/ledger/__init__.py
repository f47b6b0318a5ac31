"""Tablestore: claims (idempotency) and decision records."""

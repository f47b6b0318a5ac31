"""Calls to ID Verification through the official SDK."""

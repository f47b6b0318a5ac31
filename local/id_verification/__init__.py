"""ID Verification on loopback: the five face operations and the face groups, with real faces.

Speaks the RPC wire of the official SDK (versions 2022-08-09 and 2019-03-07), checks ACS3-HMAC-SHA256
signatures and every documented parameter rule, limits the rate per action, and can be told to misbehave.
Nothing here was compared with the real service; docstrings mark what is documented, measured or unconfirmed.
"""

"""facegate: face verification on Alibaba Cloud Function Compute.

Rooms, from the edge to the floor; an import points only downwards:
app > events > pipeline > operations > pictures, verification, ledger > retry, regions, settings, users, log, errors.
"""

"""Handlers that run inside a function's process in its handler's place, and take the time of one part alone.

Each takes its order as a JSON event and returns what it measured as JSON: `wall_ms`, `cpu_ms` and, of pictures,
`growth_mb`; or `failed`, the name of the error.
"""

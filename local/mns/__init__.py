"""A wire-level MNS for the laptop, as far as topics go: unmodified SDKs, checked signatures, topics on disk.

A message published to a topic invokes every function that has a trigger on it; nobody else can subscribe, since the
real Function Compute subscribes for its triggers itself. There are no queues, tags, attributes or FIFO topics: what is
missing is refused in words. Codes, limits and statuses are the documented ones where nothing else is said.
"""

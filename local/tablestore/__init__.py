"""A wire-level Tablestore for the laptop: unmodified SDKs, checked signatures, data on disk.

The rules come from the vendor's documentation and from what the vendor's own SDK tests expect of the service.
Where neither says, the stricter reading is taken, so that what works here works in the cloud, and the docstring
says "unconfirmed".

What differs from the service, on purpose:

- Global secondary indexes are maintained in the transaction of the write. The real ones are asynchronous and
  lag by milliseconds: read your own writes through the table, never through an index.
- One version per cell (`max_version` 1 only); no auto-increment keys, regular expressions in conditions, local
  indexes, transactions, streams, SQL or search. What is missing is refused in words, never ignored.
- A new table serves at once. The real one needs up to a minute for its partitions.
"""

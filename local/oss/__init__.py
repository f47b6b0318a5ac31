"""A wire-level OSS for the laptop: unmodified SDKs, checked V4 signatures, objects on disk, events that survive.

The rules are the documented ones and what the vendor's SDKs need (measured); where neither says, the stricter
reading is taken and the docstring says "unconfirmed". Nothing was compared with the real service.

What differs from the service, on purpose:

- One account. Its key and every temporary key of it may do everything: RAM and bucket policies are not evaluated.
  Requests without a signature are granted by the bucket's ACL alone.
- No versioning, image processing, append, symlinks, CORS, callbacks or storage classes but Standard. What is
  missing is refused in words (NotImplemented), never ignored.
- Lifecycle rules are applied when the bucket is next accessed, to the second; the service does it once a day.
  Objects that a rule removes send no event (unconfirmed).
- Every write to an object sends its event, whatever triggers exist; choosing among them is the receiver's work.
  Downloads send none.
"""

"""`make smoke`: the demonstration's requests against a deployment, and what they must come to.

rows        the requests, shared with `make demo`
performing  sends one, and looks up what is stored of it
report      the table, which counts what came to something else
smoke       all of them against one URL, and the smoke users erased in the end
"""

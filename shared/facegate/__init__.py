"""facegate: face verification on Alibaba Cloud Function Compute.

Rooms, from the edge to the floor; an import points only downwards:

    app                      the composition root
    events                   each trigger's event becomes a command, an outcome its answer
    pipeline, erasure        what is done with a command; how a person is forgotten
    enrolment                a person is enrolled at most once, and nobody who was erased
    calling, reconcile       one call and its decision; was somebody enrolled by a call whose answer was lost?
    commands                 the one command that every entry point makes
    pictures_ready           the pictures of one request, read and normalised side by side
    pictures_given           how a picture is handed in
    operations, ledger       the operations as data; claims, decision records, tombstones, failures
    objects, invocation      the deployment's bucket; work for another function
    pictures, verification   the image normaliser; the wrapper of the official SDK
    settings                 the deployment, read once
    credentials              the keys of this invocation
    connections              one TLS context, and none that was idle; for the SDKs
    deferral, patterns       what the SDKs import and nobody uses waits; what they compile was compiled before
    deadline, retry, regions, users, log, strict_base64
    values, errors

A test reads this list.
"""

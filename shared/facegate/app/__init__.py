"""The composition root: builds each function's handler from settings. The only place where parts are wired.

    operations, results, erasures, uploads, signups, failures   one handler each; a function imports one of them
    entries                                                     what all handlers have in common
    parts                                                       everything that a handler can work with

Each part is made, and imported, when a handler first wants it: a function pays for nothing that it does not use.
"""

from facegate import deferral, patterns

deferral.install()  # both before anything else that a function imports
patterns.install()

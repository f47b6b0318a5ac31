"""`make provision`: brings into being what the functions need in the account, and says what it found and did.

From the command down; an import points only downwards:

    __main__                         the command
    provisioning                     looks at everything, plans, applies, reports
    tablestore_part, oss_part, mns_part   one service each, through its official SDK: finds, plans, applies
    deployment                       the variables, checked
    tables, bucket, topic            wanted against found: pure, no I/O
    lifecycle                        the same for the bucket's lifecycle rules
    retention, steps, troubles       how long things are kept; what a plan is made of; what a refused key comes to

What exists is compared, not assumed. What can be changed without loss is changed; what cannot is said, left alone,
and makes the command fail.
"""

"""`make deploy` and `make remove`: the steps, each an external command, one after the other.

running     the one way an external command is run: shown, streamed, secrets masked; or only shown (--dry-run)
preflight   what is missing or malformed, all at once, before anything is run
layer       the layer's version, as `s` prints it
steps       the commands of a deployment and of its removal
data        deletes tables and objects, for `make remove ARGS="--data"`
"""

from facegate.app import failure_handler

handler = failure_handler()

from facegate.app.failures import failure

handler, initialize = failure()

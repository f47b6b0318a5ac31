from facegate.app.erasures import erasure

handler, initialize = erasure()

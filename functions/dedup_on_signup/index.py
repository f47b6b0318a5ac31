from facegate.app.signups import check

handler, initialize = check()

from facegate.app.results import results

handler, initialize = results()

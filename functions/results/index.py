from facegate.app import results_handler

handler = results_handler()

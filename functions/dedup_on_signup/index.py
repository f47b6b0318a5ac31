from facegate.app import check_handler

handler = check_handler()

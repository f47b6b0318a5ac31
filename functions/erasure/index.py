from facegate.app import erasure_handler

handler = erasure_handler()

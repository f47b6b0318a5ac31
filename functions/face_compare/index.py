from facegate.app import operation_handler

handler = operation_handler("FaceCompare")

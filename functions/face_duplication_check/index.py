from facegate.app.operations import operation

handler, initialize = operation("FaceDuplicationCheckIntl")

from facegate.app import enrolment_handler

handler = enrolment_handler()

from facegate.app.uploads import enrolment

handler, initialize = enrolment()

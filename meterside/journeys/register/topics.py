"""What registration puts into the outbox."""

CODE = "registration.code"
EMAIL_CODE = "registration.email_code"
PROVED_BY_BILL = "registration.proved_by_bill"
EXHAUSTED = "registration.exhausted"
FINISHED = "registration.finished"

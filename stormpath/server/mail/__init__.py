"""E-mails: their templates, the outbox, and sending them by SMTP.

Three nouns stand for one e-mail. An ``Email`` (``email.py``) is what it says: addresses, subject, bodies. An
entry is its row in the outbox (``domain/outbox.py``): ``NewEntry`` as it is added, ``LeasedEntry`` as one
sender has it, ``OutboxEntry`` as operators see it. An ``SmtpMessage`` (``mime.py``) is what goes over the
wire: the sender and the recipient of its envelope, and the message in bytes.
"""

"""Text messages (SMS): the outbox, and sending them through a gateway.

An ``Sms`` (``message.py``) is a number and a text. Its entry in the outbox is one of those that e-mails have
(``domain/outbox.py``), in the channel ``sms``. A gateway is what carries it to a phone: an HTTP endpoint of a
provider, or a function of the application.
"""

"""OAuth 2.0 (RFC 6749, RFC 7009; rest-auth 3): grants, tokens, their validation and revocation.

What is sent and answered over HTTP is in ``protocols/oauth.py``; this room knows rules only.
"""

"""SAML configuration of applications and directories."""

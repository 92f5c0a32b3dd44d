"""Logins at an identity provider of SAML."""

from stormpath.saml.saml_idp_url_builder import SamlIdpUrlBuilder

__all__ = ["SamlIdpUrlBuilder"]

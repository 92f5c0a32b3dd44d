"""Policies of directories and applications, with their e-mail templates."""

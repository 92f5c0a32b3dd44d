"""The service's own HTML pages, for links in e-mails of applications that have no pages of their own."""

"""The service's own pages, the targets of links in e-mails until an application has pages of its own."""

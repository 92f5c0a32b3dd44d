"""The service's own pages: where links in e-mails lead until an application has better ones."""

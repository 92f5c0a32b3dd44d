"""Lists, forms and pages made of the declarations of resources: a new attribute needs no line here."""

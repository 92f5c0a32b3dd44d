"""The Admin Console: pages for administrators, on which they do what the API does.

It is a client of the API in the same process (``rest/in_process.py``): it has no rule and no SQL of its own.
Lists, forms and pages are made of the declarations (``declared``); ``views`` has the pages that are special.
"""

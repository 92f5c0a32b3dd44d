"""The protocols beside the JSON resources of the API: OAuth 2.0.

Each has a module with its responders, the rendering of its errors and the description of its paths. What its
requests mean is in a room of its own (``oauth/``), which knows nothing of HTTP.
"""

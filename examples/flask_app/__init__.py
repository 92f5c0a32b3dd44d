"""The Reading Room: an application in Flask that uses all of ``flask_stormpath``. Begin with ``app.py``."""

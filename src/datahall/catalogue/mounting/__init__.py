"""Mounting (挂接): the tables, APIs, files and camera groups behind an entry, each probed."""

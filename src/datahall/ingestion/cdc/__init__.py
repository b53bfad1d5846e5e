"""Changes as they happen (实时归集): from a database's own log, or from a table that triggers fill.

    feed → last image of each key → names and rules → staging, quarantine, position → confirm

One stream a source serves all its tasks.  A task joins by a first load at a known position and
follows from there; whoever left, or whose position the source has forgotten, joins again.
"""

"""What drift is, and what may happen to a ticket about it.  No I/O."""

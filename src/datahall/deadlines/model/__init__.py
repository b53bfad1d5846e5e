"""Working days, and clocks that count them.  No I/O."""

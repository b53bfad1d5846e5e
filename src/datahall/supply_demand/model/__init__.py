"""The rules of supply and demand: terms of the law, clocks, applications, grants.  No I/O."""

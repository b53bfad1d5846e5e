"""Taking an entry down while others use it: announced to them, with a date (计划下架)."""

"""Loads that would delete a large part of a register wait until a person decides (待确认)."""

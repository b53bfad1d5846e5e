"""The parts of the JSON API of standards."""

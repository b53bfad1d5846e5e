"""SQL of organisations: the only package that reads or writes its tables."""

"""SQL of supply and demand: rows in, model out."""

"""The use cases of supply and demand, one function each."""

"""SQL of standards: model in, model out."""

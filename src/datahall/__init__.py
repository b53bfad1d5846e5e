"""DataHall (政务数据大厅): the city node of a government data sharing system."""

__version__ = "0.1.0"

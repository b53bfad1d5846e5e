"""Lineage (血缘): which source column becomes which hall column, service field and consumer's field."""

from datahall.lineage.errors import ColumnNotFound
from datahall.lineage.model import Box, Edge, Graph, Layer, Port
from datahall.lineage.sections import entry_sections
from datahall.lineage.service import Touched, events_of_item, graph_of_item, impact_of_column

__all__ = [
    "Box",
    "ColumnNotFound",
    "Edge",
    "Graph",
    "Layer",
    "Port",
    "Touched",
    "entry_sections",
    "events_of_item",
    "graph_of_item",
    "impact_of_column",
]

"""Gateway (共享通道): signed calls, answered within their grants and only once on record."""

from datahall.gateway.model import CallLine, DayUsage
from datahall.gateway.service import tell_gateways, usage, usage_of

__all__ = ["CallLine", "DayUsage", "tell_gateways", "usage", "usage_of"]

"""Gateway (共享通道): signed calls, answered within their grants and only once on record."""

from datahall.gateway.model import CallLine, DayUsage
from datahall.gateway.service import calls_today, tell_gateways, usage, usage_of

__all__ = ["CallLine", "DayUsage", "calls_today", "tell_gateways", "usage", "usage_of"]

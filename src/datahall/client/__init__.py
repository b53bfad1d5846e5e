"""Client (调用客户端): three lines from a credential to rows.

from datahall.client import Client

hall = Client("http://127.0.0.1:8100", app_id="…", secret="…", grant="…")
rows = hall.get("307010000001/000001", id_card="341502198001011234").rows
"""

from datahall.client.calls import Answer, CallRefused, Client, Unreachable

__all__ = ["Answer", "CallRefused", "Client", "Unreachable"]

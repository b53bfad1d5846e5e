"""Client: sign and send calls to a DataHall gateway."""

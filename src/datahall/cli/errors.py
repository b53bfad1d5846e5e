from datahall.kit.errors import DomainError


class HallNotRunning(DomainError):
    """The command needs the hall's database, and neither DATABASE_URL nor a running hall has it."""

    code = "cli.hall_not_running"
    status = 503

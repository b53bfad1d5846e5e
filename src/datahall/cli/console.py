"""The one console of the command line."""

from rich.console import Console

console = Console()

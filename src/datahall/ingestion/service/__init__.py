"""What people do with sources and with tasks; one function a use case."""

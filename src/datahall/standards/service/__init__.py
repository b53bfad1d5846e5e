"""What the authority and the departments do with standards; one function a use case."""

"""What people do with organisations, posts and logins; one function a use case."""

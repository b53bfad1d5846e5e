"""What people do with lists: open a period, fill, sign, review; one function a use case."""

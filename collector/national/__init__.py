"""What stands in for the national button and its service: addresses, pictures, statistics."""

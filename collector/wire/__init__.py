"""Between a socket and a route: where requests end, whose they are, what caches keep."""

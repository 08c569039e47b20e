"""How a server is doing: its log, its metrics, its report for a ticket."""

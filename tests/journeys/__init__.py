"""Whole journeys through real processes, from the outside: HTTP, topics, read APIs."""

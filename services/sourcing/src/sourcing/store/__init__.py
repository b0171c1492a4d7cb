"""The service's tables, a module for each noun."""

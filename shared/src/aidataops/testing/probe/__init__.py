"""A service that does nothing but keep and answer: what the runtime itself is tested with."""

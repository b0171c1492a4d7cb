"""What the router adds to the command ``aidataops``."""

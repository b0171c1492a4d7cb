"""What the service adds to the command ``aidataops``."""

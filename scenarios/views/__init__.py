"""Pages of the citizen, below ``/me/``: made for a phone, without script."""

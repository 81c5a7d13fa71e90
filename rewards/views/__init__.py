"""Pages of the rewards: what citizens see below ``/me/``, and the tills."""

"""Pages of trading: what sellers and buyers agree on, and what an organiser neutralises."""

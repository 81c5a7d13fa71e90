"""Pages of the registry: what anybody may read, and what holders do."""

"""The body of ``./portal``: standard library only, because it runs before anything is installed."""

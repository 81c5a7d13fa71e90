"""What the office knows without a database: rules, time, numbers, identifiers and digests. Imports no Django, ever."""

"""Projects: application, review, public notice, registration; monitored periods, their data and verification."""

"""The office: calendar, business clock, document numbers, mechanism profiles, notices, job runs."""

"""What is needed around the application: the launcher, the state of the translations."""

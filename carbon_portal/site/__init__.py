"""The pages that belong to no single app, and the look every page shares."""

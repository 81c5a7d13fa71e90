"""Pages of methods: the public's, and those of whoever writes one. Every POST calls at most one verb."""

"""Whether the portal is well: for a load balancer, for Prometheus, and on one page for the administrator."""

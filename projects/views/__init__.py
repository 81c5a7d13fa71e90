"""Pages of owners and verifiers, and the public notices. Every POST calls one verb."""

"""An existing registry moves in: what its file says (sheets), whether it adds up (reading, plan), and the verbs (moving)."""

"""The registry: who owns which serial numbers. Issue, transfer, retire; books that only grow."""

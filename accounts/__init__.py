"""People, organisations, roles, row scope, events, attachments and the workflow every verb runs in."""

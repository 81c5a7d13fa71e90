"""Methods as documents: engine, catalogue, versioned rows, public pages."""

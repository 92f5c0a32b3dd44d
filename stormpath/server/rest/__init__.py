"""The REST engine: serves whatever is declared, and imports no resource."""

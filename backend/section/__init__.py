"""A section: a spatial file as a copy sorted by gene, and what is computed over its spots."""

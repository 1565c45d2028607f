"""A lineage as text, JSON, OpenLineage events, a PROV document and a picture. Values in, text out."""

"""The registry: versions and stages as annotated git tags with GTO's meaning. The only door to gto."""

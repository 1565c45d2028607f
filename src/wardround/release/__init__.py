"""What a release is made of: digests, Bento, image, smoke evidence, list of parts, provenance. A door to BentoML."""

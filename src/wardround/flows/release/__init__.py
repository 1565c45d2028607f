"""The release: main's own run, a Bento, an image, evidence that it answers, and only then a version."""

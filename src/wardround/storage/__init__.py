"""Files in a DVC remote beside its cache: what releases keep. One prefix, any file system that DVC knows."""

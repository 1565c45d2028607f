"""Git and DVC at a commit: what a revision holds, and its program exported so that it can run as a whole."""

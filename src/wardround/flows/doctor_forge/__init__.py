"""``wardround doctor --forge``: what the repository on the forge really has, and the command or page that fixes it."""

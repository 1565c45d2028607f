"""From a version to a stage and back: a small pull request, and on its merge the stage's tag."""

"""Reports: published values and a context in; HTML, Markdown, a comment, figures and terminal lines out. Pure."""

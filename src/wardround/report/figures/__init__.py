"""Figures: published values in, SVG out. Object-oriented matplotlib only; nothing global is left changed."""

"""Pure numerics: measures of binary predictions, their intervals clustered by subject, and what is decided from them.

Arrays in, numbers out; no files, no evidence models. Outcomes are 0 or 1, probabilities lie in [0, 1], subjects are
integer codes from 0. A measure that is not defined is NaN inside and never leaves ``compare`` as such.
"""

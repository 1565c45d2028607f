"""The review: reproduce what changed, score base, anchor and head on the same encounters, judge, report."""

"""The trusted half of a review: what an untrusted run left is taken, checked, judged and shown."""

"""The untrusted half of a pull request's review: it runs the branch's code, holds no token, and uploads one file."""

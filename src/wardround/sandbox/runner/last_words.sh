# Read by bash before a step's script, through BASH_ENV. act stops reading a program's output once it has ended, and so
# loses the last lines of one that ends at once: the step waits a moment before it does.
unset BASH_ENV
trap 'sleep 0.05' EXIT

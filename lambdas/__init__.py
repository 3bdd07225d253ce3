"""The functions: a module for each, thin."""

import gc

# An import makes many objects and no garbage, and so does a call: looking for it every few hundred objects is a
# fifteenth of a cold start.
gc.set_threshold(150_000, 10, 10)

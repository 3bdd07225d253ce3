"""What the winner is paid, and so whether a seller gains by reporting another price than its cost.

`resampling` and `elimination` make the learning mechanism, `payments` chooses among all of them.
"""

"""What `--policy` and `--peer` may name, for help texts: `--help` does not wait for the code that runs them."""

DEFAULT_POLICY = "hierarchical_ts"
POLICIES = f"{DEFAULT_POLICY}, linucb, ucb1, epsilon_greedy, best_single, zero_router or random"
PEERS = "paretobandit, vowpalwabbit, mabwiser or litellm"

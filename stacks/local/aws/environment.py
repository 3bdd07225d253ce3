"""The AWS variables of this process while the local stack runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def isolated_aws_environment(region: str) -> Iterator[None]:
    """No profile, endpoint or credential of the person at the keyboard reaches the context; all come back after."""
    previous = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    ours = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name in previous:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(previous)

"""Real Amazon Bedrock from one machine: everything else stays local, only model calls leave, with a profile's keys."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from stacks.local.errors import AwsProfileUnusable

PROFILE_VARIABLE = "ATOMIC_AWS_PROFILE"
PASSED_THROUGH = [r"https://bedrock-runtime\..*\.amazonaws\.com"]
"""Addresses that the imitation of AWS leaves alone."""


class BedrockAccess:
    """Makes Bedrock clients with the credentials and region of a named profile, read when this is made."""

    def __init__(self, profile: str) -> None:
        try:
            self._session = boto3.Session(profile_name=profile)
            found = self._session.get_credentials()
        except BotoCoreError as error:
            raise AwsProfileUnusable(f"{PROFILE_VARIABLE}={profile}: {error}") from error
        if found is None or self._session.region_name is None:
            raise AwsProfileUnusable(
                f"{PROFILE_VARIABLE}={profile} has no credentials or no region: run `aws configure --profile {profile}`"
            )
        self._region: str = self._session.region_name

    def client(self, **options: Any) -> Any:
        """A `bedrock-runtime` client that reaches AWS."""
        return self._session.client("bedrock-runtime", region_name=self._region, **options)


def bedrock_access() -> BedrockAccess | None:
    """Access where the person asked for it by naming a profile, else None: then no model call leaves this machine."""
    profile = os.environ.get(PROFILE_VARIABLE)
    return BedrockAccess(profile) if profile else None

"""How tasks come in: the REST API, objects put into the bucket, and mail. All three start `process_task`."""

from __future__ import annotations

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.api_calls import RestApi
from stacks.firewall import Firewall
from stacks.keys import add_key
from stacks.mail import ReceivedMail
from stacks.market import MarketStack
from stacks.network import NetworkStack
from stacks.object_events import ObjectEvents
from stacks.queues import add_dead_letters
from stacks.settings import Settings


class IngressStack(Stack):
    """The ways in. `api` is public and behind a firewall, or private and reached through the network's endpoint.

    Mail is received where the settings name a domain; it ends as an object, and objects start tasks.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: NetworkStack,
        market: MarketStack,
        settings: Settings,
        env: Environment,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Atomic, {settings.environment}: how tasks come in",
            termination_protection=settings.retain_data,
        )
        self.key = add_key(
            self, "Key", "logs of the API, and events that started nothing", settings, senders=["events.amazonaws.com"]
        )
        self.dead_letters = add_dead_letters(self, "DeadLetters", self.key, settings)
        self.api = RestApi(
            self,
            "Api",
            function=market.functions["Api"],
            endpoint=network.api_endpoint,
            key=self.key,
            settings=settings,
        )
        self.firewall = Firewall(self, "Firewall", stage=self.api.stage, key=self.key, settings=settings)
        self.objects = ObjectEvents(
            self,
            "Objects",
            bucket=market.documents.bucket,
            machine=market.machines["ProcessTask"],
            dead_letters=self.dead_letters,
        )
        if settings.ingress.mail_domain:
            ReceivedMail(self, "Mail", bucket=market.documents.bucket, settings=settings)
        CfnOutput(self, "ApiUrl", value=self.api.stage.url_for_path("/"))
        acknowledge(
            self.api,
            "answers are about one caller, and change as its tasks go on: there is nothing to cache",
            "NIST.800.53.R5-APIGWCacheEnabledAndEncrypted",
        )
        acknowledge(
            self.api,
            "behind the API is a function that IAM lets only this API call: no server asks for a certificate",
            "NIST.800.53.R5-APIGWSSLEnabled",
        )

"""The REST API as its published document says: a method for each operation, checked before any code of ours runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.bundling import ROOT
from stacks.retention import add_log_group
from stacks.settings import Settings

OPENAPI = ROOT / "docs" / "reference" / "openapi.json"
MODELS = ROOT / "schemas" / "api" / "draft4"
"""The same bodies in the draft that API Gateway reads."""

_STAGE = "v1"
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
_MAIL = "message/rfc822"
_TIMEOUT = Duration.seconds(29)


class RestApi(Construct):
    """The API in front of one function. `stage` is where it is deployed."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        endpoint: ec2.IVpcEndpoint | None,
        key: kms.IKey,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        name = f"/atomic/{settings.environment}/api-access"
        access_logs = add_log_group(self, "AccessLogs", name, settings, key)
        self._api = apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=f"atomic-{settings.environment}",
            description=f"atomic {settings.environment}, as docs/reference/openapi.json describes it",
            endpoint_configuration=_endpoints(endpoint),
            policy=_through(endpoint) if endpoint else None,
            binary_media_types=[_MAIL],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,  # there is one for the account, and others may use it
            min_compression_size=None,
            deploy_options=apigateway.StageOptions(
                stage_name=_STAGE,
                tracing_enabled=True,
                metrics_enabled=True,
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,  # no request body in a log
                throttling_rate_limit=settings.ingress.requests_per_second,
                throttling_burst_limit=settings.ingress.burst,
                access_log_destination=apigateway.LogGroupLogDestination(access_logs),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=False,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=False,
                ),
            ),
        )
        self.stage: apigateway.Stage = self._api.deployment_stage
        self._integration = apigateway.LambdaIntegration(function, timeout=_TIMEOUT, scope_permission_to_method=False)
        self._validator = self._api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self._authorizer = self._add_authorizer()
        self._models: dict[str, apigateway.IModel] = {}
        self._add_methods()
        self._add_plan()
        self._answer_problems()
        self._explain()

    def _add_authorizer(self) -> apigateway.CognitoUserPoolsAuthorizer | None:
        """Who may call: users of a pool, by their token; else roles, by their signature."""
        arn = self._settings.ingress.jwt_user_pool_arn
        if arn is None:
            return None
        pool = cognito.UserPool.from_user_pool_arn(self, "Pool", arn)
        return apigateway.CognitoUserPoolsAuthorizer(self, "Users", cognito_user_pools=[pool])

    def _add_methods(self) -> None:
        document = json.loads(OPENAPI.read_text())
        for path, operations in document["paths"].items():
            resource = self._api.root.resource_for_path(path)
            for verb, operation in operations.items():
                method = resource.add_method(verb.upper(), self._integration, **self._options(operation))
                if operation.get("security") == []:
                    acknowledge(
                        method,
                        "whether the API is up, and the page's files, are the same for everybody; data needs a token",
                        "AwsSolutions-APIG4",
                        "AwsSolutions-COG4",
                    )

    def _options(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        """What API Gateway holds a request of this operation to."""
        parameters = {
            f"method.request.{_LOCATIONS[each['in']]}.{each['name']}": bool(each.get("required"))
            for each in operation.get("parameters", [])
        }
        options: dict[str, Any] = {"request_parameters": parameters, "request_validator": self._validator}
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            options["request_models"] = {"application/json": self._model(body["schema"]["$ref"].rpartition("/")[2])}
        if operation.get("security") == []:
            return options | {"authorization_type": apigateway.AuthorizationType.NONE}
        options["api_key_required"] = True
        if self._authorizer is None:
            return options | {"authorization_type": apigateway.AuthorizationType.IAM}
        return options | {"authorizer": self._authorizer}

    def _model(self, name: str) -> apigateway.IModel:
        if name not in self._models:
            model = apigateway.CfnModel(
                self,
                f"{name}Model",
                rest_api_id=self._api.rest_api_id,
                name=name,
                content_type="application/json",
                schema=json.loads((MODELS / f"{name}.json").read_text()),
            )
            self._models[name] = apigateway.Model.from_model_name(self, f"{name}ModelName", model.ref)
        return self._models[name]

    def _add_plan(self) -> None:
        """What each tenant may ask for: a key says whose request it is, IAM or the token whether it may."""
        chosen = self._settings.ingress
        plan = self._api.add_usage_plan(
            "Plan",
            name=f"atomic-{self._settings.environment}",
            throttle=apigateway.ThrottleSettings(rate_limit=chosen.requests_per_second, burst_limit=chosen.burst),
            quota=apigateway.QuotaSettings(limit=chosen.requests_per_day, period=apigateway.Period.DAY),
        )
        plan.add_api_stage(stage=self.stage)
        for tenant in chosen.tenants:
            name = f"atomic-{self._settings.environment}-{tenant}"
            plan.add_api_key(self._api.add_api_key(f"Key-{tenant}", api_key_name=name))

    def _answer_problems(self) -> None:
        """What API Gateway refuses itself reads like every other problem of the API (RFC 9457)."""
        for name, kind, status, title in (
            ("BadBody", apigateway.ResponseType.BAD_REQUEST_BODY, 400, "the body is not what this operation takes"),
            ("BadParameters", apigateway.ResponseType.BAD_REQUEST_PARAMETERS, 400, "a parameter is missing"),
            ("Throttled", apigateway.ResponseType.THROTTLED, 429, "too many requests: wait and send it again"),
            ("QuotaSpent", apigateway.ResponseType.QUOTA_EXCEEDED, 429, "the day's requests are used up"),
        ):
            problem = {"type": "about:blank", "title": title, "status": status, "detail": "$context.error.message"}
            self._api.add_gateway_response(
                name,
                type=kind,
                status_code=str(status),
                response_headers={"Content-Type": "'application/problem+json'"},
                templates={"application/json": json.dumps(problem)},
            )

    def _explain(self) -> None:
        pushes = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        acknowledge(
            self._api,
            "API Gateway prescribes this policy for the account's role that writes its logs",
            f"AwsSolutions-IAM4[Policy::{pushes}]",
        )
        if self._authorizer is None:
            acknowledge(
                self._api,
                "callers sign with IAM: this environment's settings name no pool of users",
                "AwsSolutions-COG4",
            )


def _endpoints(endpoint: ec2.IVpcEndpoint | None) -> apigateway.EndpointConfiguration:
    if endpoint is None:
        return apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL])
    return apigateway.EndpointConfiguration(types=[apigateway.EndpointType.PRIVATE], vpc_endpoints=[endpoint])


def _through(endpoint: ec2.IVpcEndpoint) -> iam.PolicyDocument:
    """Only what comes through the network's own endpoint is heard; IAM then says who may call."""
    anyone = [iam.AnyPrincipal()]
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": endpoint.vpc_endpoint_id}}
    calls = ["execute-api:/*"]
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(principals=anyone, actions=["execute-api:Invoke"], resources=calls),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=anyone,
                actions=["execute-api:Invoke"],
                resources=calls,
                conditions=elsewhere,
            ),
        ]
    )

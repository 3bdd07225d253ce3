"""Who may do what in the synthesised stack."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

from bidding.domain.calls import CallSettings
from stacks.local.machines import BUCKET

from .asl import Json, reference, tasks
from .checks import TAKES, integration
from .services import document_calls
from .template import Template, render

WILDCARDS = {
    r"logs:\w+Log(Delivery|Deliveries|Groups)": (r"\*", "the log delivery API has no resources to name"),
    r"logs:(Put|Describe)ResourcePolic(y|ies)": (r"\*", "the log delivery API has no resources to name"),
    r"xray:\w+": (r"\*", "traces and sampling rules have no resource to name"),
    r"kms:(\*|\w+\*?)": (r"\*", "in a key's own policy `*` is that key, which IAM of its account then guards"),
    r"ec2:\w+": (r"\*", "Lambda makes network interfaces under the function's role; they have no names beforehand"),
    r"s3:(Get|Put)Object": (
        r"<DocumentsBucket\w+\.Arn>/(tenants/(\*/replays|\*/batches|default/mail)/)?\*|<ReceiptsAnchors\w+\.Arn>/receipts/\*"
        r"|<AccessLogs\w+\.Arn>/(documents|anchors)/\*",
        "the objects of one bucket",
    ),
    r"states:(Describe|Stop)Execution": (
        r"arn:\S+:execution:<Machines(ReplayPolicy|ProcessBatch|ProcessTask)Machine\w+\.Name>[:/]\*",
        "the executions of one machine that another waits for, whose names AWS makes",
    ),
    r"bedrock:InvokeModel": (
        r"arn:\S+:bedrock:(\*::foundation-model/amazon\.|\S+:inference-profile/\*\.amazon\.)[\w.:-]+",
        "the model is named; which region of its geography runs it is the profile's choice",
    ),
    r"secretsmanager:GetSecretValue": (
        r"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:atomic/seats/\*",
        "keys of seats and nothing else: seats come and go without a deployment, and AWS ends the ARNs",
    ),
}
"""Actions allowed on a resource with a wildcard: the resource, and the reason why it cannot be narrower."""

MANIFESTS = {"replay_policy": "replays", "process_batch": "batches"}
OBSERVES = ("logs:", "xray:")
INTERFACES = ("ec2:",)
_GRANTS = {"s3:GetObject": "get", "s3:PutObject": "put"}


def test_a_machine_may_call_what_its_definition_names_and_nothing_else(template: Template) -> None:
    """Besides its logs and traces a machine's role allows the functions and machines in its own text, and its maps."""
    for name, machine in template.machines().items():
        allowed = {each for each in template.allowed_to(machine) if not each[0].startswith(OBSERVES)}
        expected = set()
        for task in tasks(json.loads(machine["DefinitionString"])).values():
            called = render(machine["DefinitionSubstitutions"][reference(task)])
            expected |= {(TAKES[integration(task)], called), *_for_waiting(template, task, called)}
        assert allowed - _for_maps(template, name) == expected, name
        assert allowed >= _for_maps(template, name), name


def test_only_the_task_and_the_api_start_machines(template: Template) -> None:
    """A task may start its lots, approval and judging; judging, batches, maps and the API theirs; nobody else."""
    started = {
        (name, action, template.meaning(resource))
        for name, machine in template.machines().items()
        for action, resource in template.allowed_to(machine)
        if action.startswith("states:Start")
    }
    assert started == {
        ("process_task", "states:StartSyncExecution", "run_lot"),
        ("process_task", "states:StartExecution", "approve_result"),
        ("process_task", "states:StartExecution", "judge_answers"),
        ("judge_answers", "states:StartSyncExecution", "run_lot"),
        ("replay_policy", "states:StartExecution", "replay_policy"),
        ("process_batch", "states:StartExecution", "process_batch"),
        ("process_batch", "states:StartExecution", "process_task"),
    }
    by_api = {
        template.meaning(resource)
        for action, resource in template.allowed_to(template.functions()["api"])
        if action == "states:StartExecution"
    }
    assert by_api == {"process_task", "replay_policy", "approve_result"}
    everywhere = [each for each in template.statements() if each.action.startswith("states:Start")]
    assert len(everywhere) == len(started) + len(by_api)


def _for_waiting(template: Template, task: Json, called: str) -> set[tuple[str, str]]:
    """What it takes to wait for another machine's end: to look at its executions, stop them, and hear of their end."""
    if not task["Resource"].endswith(".sync:2"):
        return set()
    here = "<AWS::Region>:<AWS::AccountId>"
    executions = f"arn:<AWS::Partition>:states:{here}:execution:<{called.strip('<>')}.Name>:*"
    rule = f"arn:<AWS::Partition>:events:{here}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
    assert template.meaning(called)
    return {(f"states:{do}Execution", executions) for do in ("Describe", "Stop")} | {
        (f"events:{do}", rule) for do in ("PutTargets", "PutRule", "DescribeRule")
    }


def _for_maps(template: Template, name: str) -> set[tuple[str, str]]:
    """What a machine needs to run a Distributed Map: its children, and the manifest of their items."""
    machine = template.machines()[name]
    if f"${{{BUCKET}}}" not in machine["DefinitionString"]:
        return set()
    bucket = render(machine["DefinitionSubstitutions"][BUCKET]).strip("<>")
    own = next(key for key, each in template.of_type("AWS::StepFunctions::StateMachine").items() if each is machine)
    execution = f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<{own}.Name>"
    children = {(f"states:{do}Execution", execution + end) for do in ("Describe", "Stop") for end in (":*", "/*")}
    [key] = [key for key in template.of_type("AWS::KMS::Key") if key.startswith("DocumentsKey")]
    return children | {
        ("states:StartExecution", f"<{own}>"),
        ("s3:GetObject", f"<{bucket}.Arn>/tenants/*/{MANIFESTS[name]}/*"),
        ("kms:Decrypt", f"<{key}.Arn>"),
    }


def test_a_function_may_do_to_documents_what_its_service_does(template: Template) -> None:
    """Reading and writing the bucket are allowed where the service behind a handler reads or writes, only there."""
    for module, function in template.functions().items():
        allowed = {
            _GRANTS[action]
            for action, resource in template.allowed_to(function)
            if action in _GRANTS and resource.startswith("<DocumentsBucket")
        }
        assert allowed == document_calls(module), module


def test_only_the_execution_of_a_lot_calls_models(template: Template) -> None:
    """Bedrock may be called by ExecuteLot, which holds the budget for it, and by nobody else."""
    callers = {
        module
        for module, function in template.functions().items()
        if any(action.startswith("bedrock:") for action, _ in template.allowed_to(function))
    }
    assert callers == {"execute_lot"}


def test_the_secrets_that_a_seat_may_name_are_those_that_can_be_read(template: Template) -> None:
    """Who auctions and who executes may read secrets of the prefix that a seat is held to, and no other secret."""
    name = str(CallSettings(base_url="https://models.example/v1", api_key="secret:atomic/seats/models/us").api_key)
    readers = {
        module: on.rpartition(":secret:")[2]
        for module, function in template.functions().items()
        for action, on in template.allowed_to(function)
        if action.startswith("secretsmanager:")
    }
    assert readers.keys() == {"open_auction", "execute_lot"}
    assert all(fnmatchcase(name.removeprefix("secret:") + "-a1B2c3", each) for each in readers.values())
    assert not any(fnmatchcase("rds!db-1234-a1B2c3", each) for each in readers.values())


def test_only_the_sealing_signs_and_anchors(template: Template) -> None:
    """Only SealReceipts may sign and write anchors; it can neither read documents nor take an anchor back."""
    key, anchors = "kms:Sign", re.compile(r"<ReceiptsAnchors\w+\.Arn>")
    holders = {
        module
        for module, function in template.functions().items()
        for action, resource in template.allowed_to(function)
        if action == key or anchors.match(resource)
    }
    allowed = {action for action, _ in template.allowed_to(template.functions()["seal_receipts"])}
    assert holders == {"seal_receipts"}
    assert {action for action in allowed if not action.startswith((*OBSERVES, *INTERFACES))} == {
        "kms:Sign",
        "kms:GetPublicKey",
        "s3:PutObject",
        "s3:ListBucket",
        "rds-db:connect",
        "sqs:SendMessage",  # its dead letters, under their key
        "kms:GenerateDataKey",
        "kms:Decrypt",
    }


def test_only_the_sealing_sees_all_tenants(template: Template) -> None:
    """Every function signs in at the ledger as the market's role; only SealReceipts as the one that reads all rows."""
    for module, function in template.functions().items():
        users = {on.rpartition("/")[2] for action, on in template.allowed_to(function) if action == "rds-db:connect"}
        assert users == {"ledger_app"} | ({"ledger_reader"} if module == "seal_receipts" else set()), module


def test_code_cannot_touch_the_network(template: Template) -> None:
    """What Lambda needs of EC2 under a function's role is denied to whatever runs inside the function."""
    for name, policy in template.of_type("AWS::IAM::Policy").items():
        statements = policy["PolicyDocument"]["Statement"]
        granted = {"ec2:CreateNetworkInterface" in each["Action"] for each in statements if each["Effect"] == "Allow"}
        denied = [each for each in statements if each["Effect"] == "Deny"]
        if True in granted:
            (deny,) = denied
            assert deny["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}, name
            assert "ec2:CreateNetworkInterface" in deny["Action"], name


def test_a_function_has_no_other_permission(template: Template) -> None:
    """A function may use its log group, documents, models, keys of seats, the ledger, the signing key, dead letters."""
    allowed = {action for function in template.functions().values() for action, _ in template.allowed_to(function)}
    allowed = {action for action in allowed if not action.startswith((*OBSERVES, *INTERFACES))}
    assert allowed == {
        "rds-db:connect",
        "sqs:SendMessage",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GetPublicKey",
        "kms:Sign",
        "bedrock:InvokeModel",
        "secretsmanager:GetSecretValue",
        "states:StartExecution",
        "states:SendTaskSuccess",
        "states:SendTaskHeartbeat",
    }
    assert not any("ManagedPolicyArns" in role for role in template.of_type("AWS::IAM::Role").values())


def test_every_wildcard_has_a_reason(template: Template) -> None:
    """A permission on more than one named resource is in the list above, and the list has nothing else in it."""
    wide = {(each.action, each.resource) for each in template.statements() if "*" in each.action + each.resource}
    used = {
        pattern: {(action, on) for action, on in wide if re.fullmatch(pattern, action) and re.fullmatch(resource, on)}
        for pattern, (resource, _) in WILDCARDS.items()
    }
    assert wide - set().union(*used.values()) == set()
    assert [pattern for pattern, matched in used.items() if not matched] == []

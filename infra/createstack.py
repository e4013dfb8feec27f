"""Transforms template.yaml as AWS does, gives it to moto's CloudFormation, and prints as
JSON what came of it. A test runs it with the Python of bin/venv; it makes no call to the
outside: moto answers in this process.

    createstack.py TEMPLATE NAME=VALUE...
"""

import json
import os
import sys
from pathlib import Path

REGION = "us-east-1"
os.environ.update(
    AWS_DEFAULT_REGION=REGION,
    AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none",
)

import boto3  # noqa: E402  (it reads the environment)
from cfnlint.decode.cfn_yaml import load  # noqa: E402
from moto import mock_aws  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402


def transform(path, parameters):
    """Returns the template without SAM's types, as a dict."""
    template = json.loads(json.dumps(load(str(path))))
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for address in ("CodeUri", "ContentUri"):  # `sam package` would upload these
            if address in properties:
                properties[address] = "s3://code/" + properties[address].strip("/")
    del template["Outputs"]  # moto stops at attributes of what it skips
    return Translator({}, Parser()).translate(template, parameters)


def upload_nested(template, folder, s3):
    """Puts the templates of nested stacks where CloudFormation reads them, as `sam package` does."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::CloudFormation::Stack":
            continue
        address = resource["Properties"]["TemplateURL"]
        inner = json.loads(json.dumps(load(str(folder / address))))
        for name, output in inner["Outputs"].items():
            output["Value"] = name  # moto stops at attributes of what it skips
        s3.put_object(Bucket="code", Key=address, Body=json.dumps(inner))
        resource["Properties"]["TemplateURL"] = "https://s3.amazonaws.com/code/" + address


def without_outputs(value):
    """Puts their names in the place of nested stacks' outputs, which moto does not know."""
    if isinstance(value, list):
        return [without_outputs(one) for one in value]
    if not isinstance(value, dict):
        return value
    of = value.get("Fn::GetAtt")
    if isinstance(of, list) and of[1].startswith("Outputs."):
        return of[1]
    return {name: without_outputs(one) for name, one in value.items()}


def created(client, name):
    """Returns type and physical id of each resource, by its name in the template."""
    resources = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {
        r["LogicalResourceId"]: [r.get("ResourceType"), r.get("PhysicalResourceId")]
        for r in resources
    }


def looked_at():
    """Returns what the services themselves say is there."""
    sqs, functions = boto3.client("sqs"), boto3.client("lambda")
    tables = boto3.client("dynamodb")
    return {
        "queues": {
            url.rsplit("/", 1)[1]: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for url in sqs.list_queues().get("QueueUrls", [])
        },
        "tables": [tables.describe_table(TableName=n)["Table"] for n in tables.list_tables()["TableNames"]],
        "functions": {
            f["FunctionName"]: {"role": f["Role"], "environment": f["Environment"]["Variables"]}
            for f in functions.list_functions()["Functions"]
        },
        "mappings": sorted(
            [m["EventSourceArn"].rsplit(":", 1)[1], m["FunctionArn"].rsplit(":", 1)[1], m["BatchSize"]]
            for m in functions.list_event_source_mappings()["EventSourceMappings"]
        ),
        "roles": sorted(r["RoleName"] for r in boto3.client("iam").list_roles()["Roles"]),
    }


@mock_aws
def main(path, given):
    parameters = dict(one.split("=", 1) for one in given)
    transformed = transform(Path(path), parameters)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="code")
    for resource in transformed["Resources"].values():
        code = resource.get("Properties", {}).get("Code") or resource.get("Properties", {}).get("Content")
        if isinstance(code, dict) and "S3Key" in code:
            s3.put_object(Bucket="code", Key=code["S3Key"], Body=b"")
    transformed["Resources"] = without_outputs(transformed["Resources"])
    upload_nested(transformed, Path(path).parent, s3)
    client = boto3.client("cloudformation")
    client.create_stack(
        StackName="zhida",
        TemplateBody=json.dumps(transformed, default=str),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = client.describe_stacks(StackName="zhida")["Stacks"][0]
    json.dump(
        {
            "status": stack["StackStatus"],
            "types": {name: r["Type"] for name, r in transformed["Resources"].items()},
            "conditions": {n: r["Condition"] for n, r in transformed["Resources"].items() if "Condition" in r},
            "created": created(client, "zhida"),
            **looked_at(),
        },
        sys.stdout,
        indent=1,
        default=str,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

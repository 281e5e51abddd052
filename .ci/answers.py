#!/usr/bin/env python3
"""Writes crates/asl/src/answers.txt anew: the members that the SDK's models give the answers of integrations, for checking mocks.

Usage: answers.py > crates/asl/src/answers.txt
       (with botocore installed; the newest has what AWS answers today)

Optimised integrations by name and pattern, then the operations of some services as `aws-sdk:` resources name them. What a job comes to is the
description of the job. Members begin with a capital, as in a workflow.
"""

import datetime

import botocore
import botocore.session

# Integration: service, operation, and the member of the answer that a job's result is (empty: the whole answer).
OPTIMISED = {
    "athena:getQueryExecution": ("athena", "GetQueryExecution"),
    "athena:getQueryResults": ("athena", "GetQueryResults"),
    "athena:startQueryExecution": ("athena", "StartQueryExecution"),
    "athena:startQueryExecution.sync": ("athena", "GetQueryExecution"),
    "athena:stopQueryExecution": ("athena", "StopQueryExecution"),
    "batch:submitJob": ("batch", "SubmitJob"),
    "batch:submitJob.sync": ("batch", "DescribeJobs", "jobs"),
    "codebuild:startBuild": ("codebuild", "StartBuild"),
    "codebuild:startBuild.sync": ("codebuild", "StartBuild"),
    "codebuild:stopBuild": ("codebuild", "StopBuild"),
    "codebuild:batchDeleteBuilds": ("codebuild", "BatchDeleteBuilds"),
    "databrew:startJobRun": ("databrew", "StartJobRun"),
    "dynamodb:deleteItem": ("dynamodb", "DeleteItem"),
    "dynamodb:getItem": ("dynamodb", "GetItem"),
    "dynamodb:putItem": ("dynamodb", "PutItem"),
    "dynamodb:updateItem": ("dynamodb", "UpdateItem"),
    "ecs:runTask": ("ecs", "RunTask"),
    "ecs:runTask.sync": ("ecs", "DescribeTasks", "tasks"),
    "eks:createCluster": ("eks", "CreateCluster"),
    "eks:createFargateProfile": ("eks", "CreateFargateProfile"),
    "eks:createNodegroup": ("eks", "CreateNodegroup"),
    "eks:deleteCluster": ("eks", "DeleteCluster"),
    "eks:deleteFargateProfile": ("eks", "DeleteFargateProfile"),
    "eks:deleteNodegroup": ("eks", "DeleteNodegroup"),
    "emr-containers:startJobRun": ("emr-containers", "StartJobRun"),
    "emr-serverless:startJobRun": ("emr-serverless", "StartJobRun"),
    "events:putEvents": ("events", "PutEvents"),
    "glue:startJobRun": ("glue", "StartJobRun"),
    "glue:startJobRun.sync": ("glue", "GetJobRun", "JobRun"),
    "mediaconvert:createJob": ("mediaconvert", "CreateJob"),
    "mediaconvert:createJob.sync": ("mediaconvert", "CreateJob"),
    "sagemaker:createTrainingJob": ("sagemaker", "CreateTrainingJob"),
    "sagemaker:createTrainingJob.sync": ("sagemaker", "DescribeTrainingJob"),
    "sagemaker:createTransformJob": ("sagemaker", "CreateTransformJob"),
    "sagemaker:createTransformJob.sync": ("sagemaker", "DescribeTransformJob"),
    "sns:publish": ("sns", "Publish"),
}

# The service in an `aws-sdk:` resource: the model.
SERVICES = {
    "athena": "athena", "bedrockruntime": "bedrock-runtime", "comprehend": "comprehend", "dynamodb": "dynamodb", "eventbridge": "events",
    "firehose": "firehose", "kinesis": "kinesis", "kms": "kms", "polly": "polly", "rdsdata": "rds-data", "redshiftdata": "redshift-data",
    "rekognition": "rekognition", "s3": "s3", "sagemakerruntime": "sagemaker-runtime", "scheduler": "scheduler",
    "secretsmanager": "secretsmanager", "sesv2": "sesv2", "sns": "sns", "ssm": "ssm", "textract": "textract", "transcribe": "transcribe",
    "translate": "translate",
}


def capital(name):
    return name[:1].upper() + name[1:]


def members(shape):
    return [capital(name) for name in shape.members] if shape is not None else []


def job(shape, member):
    shape = shape.members[member]
    return shape.member if shape.type_name == "list" else shape


def main():
    session = botocore.session.get_session()
    print(f"# Written by .ci/answers.py from botocore {botocore.__version__}, {datetime.date.today()}.")
    for integration, (service, operation, *member) in sorted(OPTIMISED.items()):
        shape = session.get_service_model(service).operation_model(operation).output_shape
        print(" ".join([integration, *members(job(shape, *member) if member else shape)]))
    for prefix, service in sorted(SERVICES.items()):
        model = session.get_service_model(service)
        for operation in model.operation_names:
            shape = model.operation_model(operation).output_shape
            print(" ".join([f"aws-sdk:{prefix}:{operation[:1].lower()}{operation[1:]}", *members(shape)]))


if __name__ == "__main__":
    main()

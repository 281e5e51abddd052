"""Starts a task whose result comes later: the workflow waits until somebody answers its task token.

A real task would hand the token to another system and return. This one answers it at once, so that the lab stays short.

Input (from the StartLongRunningTask state)
    taskToken   what the workflow waits for
    input       the execution's input: operation, data, simulation (optional)

Output
    taskId, status STARTED, message; the workflow does not wait for this, only for the token's answer

Simulation
    input.simulation.callback   "success", "failure" (answers TaskExecutionError) or "silent" (never answers)
Without it the task succeeds.
"""

import json
import time
import uuid

import boto3

stepfunctions = boto3.client("stepfunctions")


def lambda_handler(event, context):
    token = event.get("taskToken")
    task_input = event.get("input", {})
    task_id = str(uuid.uuid4())
    # A task token is a key to the execution: it does not belong in a log.
    print(f"Task {task_id} started with input: {json.dumps(task_input)}")

    try:
        result = run(task_id, task_input)
    except Exception as error:
        print(f"Task {task_id} failed: {error}")
        stepfunctions.send_task_failure(taskToken=token, error="TaskExecutionError", cause=str(error))
    else:
        if result is None:
            print(f"Task {task_id} will not answer")
        else:
            stepfunctions.send_task_success(taskToken=token, output=json.dumps(result))
            print(f"Task {task_id} completed, token answered")

    return {"taskId": task_id, "status": "STARTED", "message": "Task started successfully"}


def run(task_id, task_input):
    """The task's result, or None when it shall stay silent."""
    outcome = task_input.get("simulation", {}).get("callback", "success")
    if outcome == "silent":
        return None
    if outcome == "failure":
        raise RuntimeError("Task failed as the simulation asked")
    if outcome != "success":
        raise ValueError(f"simulation.callback is {outcome!r}; use success, failure or silent")
    return {
        "taskId": task_id,
        "status": "COMPLETED",
        "result": f"Task completed successfully for input: {task_input.get('operation', 'unknown')}",
        "processingTime": 2.5,
        "completedAt": time.time(),
    }

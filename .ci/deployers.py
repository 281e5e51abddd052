"""Other ways to bring the lab onto an endpoint, to hold labctl beside: threads over boto3, and one AWS CLI process after the other.

Both take what `labctl render` wrote, so that all three make the same resources. They only create and delete: they neither look at what is there
nor wait for anything, as such scripts do.
"""

import concurrent.futures
import itertools
import pathlib
import subprocess
import threading
import time

FUNCTIONS = [
    "order-validator",
    "payment-processor",
    "inventory-updater",
    "order-fulfillment",
    "realtime-validator",
    "long-running-task",
]
MACHINES = {"order-processing-workflow": "STANDARD", "express-workflow": "EXPRESS", "callback-workflow": "STANDARD"}
ROLES = {"lambda-role": "LambdaExecutionPolicy", "stepfunctions-role": "StepFunctionsExecutionPolicy"}
ACCOUNT, REGION = "000000000000", "us-east-1"
TAGS = {"made-by": "script", "lab": "lab6"}


def role_arn(user, role):
    return f"arn:aws:iam::{ACCOUNT}:role/{user}-{role}"


def handler(name):
    return name.replace("-", "_") + ".lambda_handler"


def groups_of(user):
    return [f"/aws/lambda/{user}-{name}" for name in FUNCTIONS] + [f"/aws/vendedlogs/states/{user}-{name}" for name in MACHINES]


class Threads:
    """A class deployed by `workers` threads over boto3, user beside user, and within one as much at once as may be."""

    def __init__(self, url, out, workers=32):
        import boto3
        from botocore.config import Config

        self.out = pathlib.Path(out)
        self.called = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(workers)
        session = boto3.Session("test", "test", region_name=REGION)
        config = Config(max_pool_connections=workers, retries={"mode": "adaptive", "max_attempts": 10})
        lock = threading.Lock()

        def count(**_):
            with lock:
                self.called += 1

        def client(service):
            made = session.client(service, endpoint_url=url, config=config)
            made.meta.events.register("before-send.*", count)
            return made

        services = ("iam", "logs", "lambda", "stepfunctions", "cloudwatch")
        self.iam, self.logs, self.functions, self.machines, self.dashboards = map(client, services)

    def everybody(self, work, users):
        """Calls `work(user)`, a list of steps each of which is a list of calls; users and calls of a step go side by side."""
        begun = time.perf_counter()
        plans = [work(user) for user in users]
        for step in itertools.zip_longest(*plans, fillvalue=()):
            waiting = [self.pool.submit(call) for calls in step for call in calls]
            for future in waiting:
                future.result()
        return time.perf_counter() - begun

    def create(self, users):
        return self.everybody(self.creations, users)

    def delete(self, users):
        return self.everybody(self.deletions, users)

    def creations(self, user):
        folder = self.out / user
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]

        def role(name, policy):
            trust = (folder / f"iam/{name}.trust.json").read_text()
            self.iam.create_role(RoleName=f"{user}-{name}", AssumeRolePolicyDocument=trust, Tags=tags)
            document = (folder / f"iam/{name}.{policy}.json").read_text()
            self.iam.put_role_policy(RoleName=f"{user}-{name}", PolicyName=policy, PolicyDocument=document)

        def group(name):
            self.logs.create_log_group(logGroupName=name, tags=TAGS)
            self.logs.put_retention_policy(logGroupName=name, retentionInDays=7)

        def function(name):
            self.functions.create_function(
                FunctionName=f"{user}-{name}", Runtime="python3.13", Role=role_arn(user, "lambda-role"), Handler=handler(name), Timeout=30,
                Code={"ZipFile": (folder / f"lambda/{name}.zip").read_bytes()}, Tags=TAGS,
            )

        def machine(name, kind):
            self.machines.create_state_machine(
                name=f"{user}-{name}", type=kind, definition=(folder / f"asl/{name}.asl.json").read_text(),
                roleArn=role_arn(user, "stepfunctions-role"), tags=[{"key": key, "value": value} for key, value in TAGS.items()],
            )

        def dashboard():
            body = (folder / "dashboards/stepfunctions-monitoring.json").read_text()
            self.dashboards.put_dashboard(DashboardName=f"{user}-stepfunctions-monitoring", DashboardBody=body)

        first = [lambda each=each: role(*each) for each in ROLES.items()] + [lambda each=each: group(each) for each in groups_of(user)]
        second = [lambda each=each: function(each) for each in FUNCTIONS] + [dashboard]
        return [first, second, [lambda each=each: machine(*each) for each in MACHINES.items()]]

    def deletions(self, user):
        def machine(name):
            self.machines.delete_state_machine(stateMachineArn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{user}-{name}")

        def role(name, policy):
            self.iam.delete_role_policy(RoleName=f"{user}-{name}", PolicyName=policy)
            self.iam.delete_role(RoleName=f"{user}-{name}")

        first = [lambda each=each: machine(each) for each in MACHINES]
        first += [lambda each=each: self.functions.delete_function(FunctionName=f"{user}-{each}") for each in FUNCTIONS]
        first.append(lambda: self.dashboards.delete_dashboards(DashboardNames=[f"{user}-stepfunctions-monitoring"]))
        second = [lambda each=each: role(*each) for each in ROLES.items()]
        second += [lambda each=each: self.logs.delete_log_group(logGroupName=each) for each in groups_of(user)]
        return [first, second]


def by_command(program, url, out, user, environment):
    """The handout's way: one `aws` process a resource, one after the other. Gives seconds."""
    folder = pathlib.Path(out) / user
    aws = [str(program), "--endpoint-url", url, "--region", REGION, "--output", "json"]
    commands = []
    for name, policy in ROLES.items():
        commands.append(["iam", "create-role", "--role-name", f"{user}-{name}",
                         "--assume-role-policy-document", f"file://{folder}/iam/{name}.trust.json"])
        commands.append(["iam", "put-role-policy", "--role-name", f"{user}-{name}", "--policy-name", policy,
                         "--policy-document", f"file://{folder}/iam/{name}.{policy}.json"])
    for name in FUNCTIONS:
        commands.append(["lambda", "create-function", "--function-name", f"{user}-{name}", "--runtime", "python3.13",
                         "--role", role_arn(user, "lambda-role"), "--handler", handler(name), "--timeout", "30",
                         "--zip-file", f"fileb://{folder}/lambda/{name}.zip"])
    for name, kind in MACHINES.items():
        commands.append(["stepfunctions", "create-state-machine", "--name", f"{user}-{name}", "--type", kind,
                         "--definition", f"file://{folder}/asl/{name}.asl.json",
                         "--role-arn", role_arn(user, "stepfunctions-role")])
    commands.append(["cloudwatch", "put-dashboard", "--dashboard-name", f"{user}-stepfunctions-monitoring",
                     "--dashboard-body", f"file://{folder}/dashboards/stepfunctions-monitoring.json"])
    begun = time.perf_counter()
    for command in commands:
        subprocess.run([*aws, *command], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun

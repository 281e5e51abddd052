import os

from boto3.client import Client


class Session:
    def __init__(self, region_name=None, aws_access_key_id=None, aws_secret_access_key=None, aws_session_token=None, **_):
        self.region_name = region_name or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self.keys = (aws_access_key_id, aws_secret_access_key, aws_session_token)

    def client(
        self,
        service_name,
        region_name=None,
        endpoint_url=None,
        aws_access_key_id=None,
        aws_secret_access_key=None,
        aws_session_token=None,
        config=None,
        **_,
    ):
        keys = (aws_access_key_id, aws_secret_access_key, aws_session_token)
        return Client(service_name, region_name or self.region_name, endpoint_url, keys if keys[0] else self.keys, config)

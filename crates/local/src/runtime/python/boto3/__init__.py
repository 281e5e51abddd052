"""A small stand-in for boto3, used when the host has none: the calls a Step Functions task makes, and no more."""
from boto3.client import LACKING, Client
from boto3.session import Session
from botocore.exceptions import UnknownServiceError

__version__ = "0.0.0+standin"
__all__ = ["Client", "Session", "client", "resource"]


def client(service_name, **settings):
    return Session().client(service_name, **settings)


def resource(service_name, **_):
    raise UnknownServiceError(LACKING % ("boto3.resource('%s')" % service_name))


def __getattr__(name):
    raise AttributeError(LACKING % ("boto3.%s" % name))

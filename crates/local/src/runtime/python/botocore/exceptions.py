"""The exceptions handlers catch, in botocore's shapes."""


class BotoCoreError(Exception):
    pass


class ParamValidationError(BotoCoreError):
    def __init__(self, report):
        super().__init__("Parameter validation failed:\n" + report)


class NoCredentialsError(BotoCoreError):
    def __init__(self):
        super().__init__("Unable to locate credentials")


class EndpointConnectionError(BotoCoreError):
    def __init__(self, endpoint_url):
        super().__init__('Could not connect to the endpoint URL: "%s"' % endpoint_url)


class UnknownServiceError(BotoCoreError):
    pass


class ClientError(Exception):
    def __init__(self, error_response, operation_name):
        error = error_response.get("Error", {})
        super().__init__(
            "An error occurred (%s) when calling the %s operation: %s"
            % (error.get("Code", "Unknown"), operation_name, error.get("Message", "Unknown"))
        )
        self.response = error_response
        self.operation_name = operation_name

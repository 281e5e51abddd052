class Config:
    """Accepts what botocore's accepts; of it, only the read and connect timeouts matter here."""

    def __init__(self, **settings):
        self.__dict__.update(settings)

"""A small stand-in for botocore: its exceptions and its Config, as far as Step Functions callbacks need them."""

def lambda_handler(event, context):
    return {"status": "GREETED", "greeting": f"Hello, {event['name']}"}

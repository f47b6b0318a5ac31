"""The way in: HTTP triggers at the root, API Gateway under /apigw/, and the control surface under /_local/."""

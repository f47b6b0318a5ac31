"""The HTTP contract as two documents, generated from the types: OpenAPI 3.1, and API Gateway's import form.

    __main__        `make openapi`
    document        the OpenAPI document, put together
    import_form     API Gateway's Swagger 2.0 with its extensions
    paths           what is said of each path
    bodies          request bodies, JSON and multipart
    conditions      the rules that join fields of a request
    responses       each status with its headers and body
    failures        which codes a path answers with which status
    envelopes       what is answered, and what is stored
    schemas         msgspec types as JSON Schema
    examples        the recorded examples; recording: how they are recorded
    routes          deploy/routes.yaml, with the operation behind each function
    wording         what the documents say of each path, field and status

Development only: nothing here is deployed but the two documents.
"""

"""The HTTP contract as two documents, generated from the types: OpenAPI 3.1, and API Gateway's import form.

    __main__        `make openapi`
    document        the OpenAPI document, put together
    import_form     API Gateway's Swagger 2.0 with its extensions
    operations      the paths of the five operations; look-ups: the other paths
    bodies          request bodies, JSON and multipart
    envelopes       what is answered, and what is refused
    failures        which codes a path answers with which status
    conditions      the rules that join fields
    schemas         msgspec types as JSON Schema
    routes          deploy/routes.yaml, with the operation behind each function
    recording       examples, recorded from the local cloud into examples.json
    wording         what the documents say of each field and status

Development only: nothing here is deployed but the two documents.
"""

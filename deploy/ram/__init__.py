"""RAM: who may do what in a deployment, as a table, and the policy documents made of it.

roles      the roles and users, and which functions have which
grants     the table: what each may call, on what, and why
deploying  its part for the people: who deploys, who operates
scope      the names of one deployment, put into the table's resources
policies   the documents
"""

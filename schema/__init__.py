"""The GraphQL schema: types over proven records, and nothing else."""

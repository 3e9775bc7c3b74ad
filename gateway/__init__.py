"""Sealgate: a GraphQL gateway that serves only content it can prove."""

"""The JSON API, by capability."""

PREFIX = "/v1"

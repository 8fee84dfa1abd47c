"""The service starter-service: the place for what it does is routes.py."""

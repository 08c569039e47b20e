"""Avis that another service exported: read, put into the words of a questionnaire, brought in."""

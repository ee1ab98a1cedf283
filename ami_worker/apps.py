"""Django's registration of the worker; it has no models of its own."""

from __future__ import annotations

from django.apps import AppConfig


class AmiWorkerConfig(AppConfig):
    name = "ami_worker"
    verbose_name = "AMI worker"

"""What every test needs: an environment of its own, made before Django reads it."""

from __future__ import annotations

import os
import tempfile


# Nothing that the developer's shell says about a PBX or a database may reach a test.
for name in ("AMI_URL", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECRET_KEY", "DEBUG"):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="cordboard-tests-")
os.environ["SECRET_KEY"] = "only for the tests, never for a panel that people use"

pytest_plugins = ["tests.rig.fixtures"]

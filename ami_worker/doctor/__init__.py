"""pbx_doctor: what a PBX lacks for the panel, in plain words, with the lines to put where.

The management command `pbx_doctor` calls `examine` and prints the `Report`. Knows neither Django nor the mirror.
"""

from __future__ import annotations

from ami_worker.doctor.checks import examine
from ami_worker.doctor.findings import Finding, Report, Severity


__all__ = ["Finding", "Report", "Severity", "examine"]

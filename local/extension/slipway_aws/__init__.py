"""What MiniStack lacks for a Django service on Fargate, added beside the pinned version.

One module per AWS service. Each has `install()`, which wraps the functions of MiniStack that it names in REQUIRED;
upstream code is never copied. `guard` refuses any other version of MiniStack before anything is wrapped.
"""

#: The one version this was read and tested against.
MINISTACK = "1.5.33"

"""The Django project: what people see, what they may do, and what they did.

It never imports `ami_worker`; the two meet in the database.
"""

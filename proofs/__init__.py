"""The ledger of theorems: every statement, its evidence, and certificates that others can re-check.

``python -m proofs`` checks everything; ``python -m proofs NAME`` tells one theorem in full.
"""

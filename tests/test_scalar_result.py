"""What a scalar answer says where float64 runs out of exponents."""

from dataclasses import replace

import mpmath

from symmerge import best_plan
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import multiprecision
from symmerge.schedule import edm
from tests.referee import true_error


def test_an_error_below_float64_is_shown_by_its_digits():
    found = best_plan("0.9", s=3, schedule=edm(16))
    assert found.error == 0
    chain = gradient_flow_chain(edm(16), "0.9", 3, multiprecision(60))
    true = true_error(found.plan, chain)
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(found.error_text) / true - 1) < 1e-6
    assert f"e = M/C - 1 = {found.error_text}\n" in str(found)
    assert "+0.000e+00" not in str(found)
    assert "boot 0 in float64" in str(found)


def test_an_error_whose_digits_are_unknown_is_shown_by_its_bounds():
    found = best_plan("0.9", T=8, s=3)
    assert found.error_text == f"{found.error:.6e}"
    unsure = replace(found, error=0.0, error_enclosure=("-1E-60", "2E-60"))
    assert unsure.error_text == "between -1E-60 and 2E-60"
    subnormal = replace(found, error=5e-324, error_enclosure=("4.10000001E-324", "4.10000002E-324"))
    assert subnormal.error_text == "4.100000e-324"
    nothing = replace(found, error=0.0, error_enclosure=("0", "0"))
    assert nothing.error_text == "0"

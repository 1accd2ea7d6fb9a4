#!/usr/bin/env python3
"""Check certificates about merge plans, trusting nothing but this file and the standard library.

    python proofs/check.py [FILE...]     (default: all files in proofs/certificates)

Exit status: 0 accepted, 1 a certificate is rejected, 2 a file cannot be read. Certificates of kind
"boxes" need python-flint for ball arithmetic; without it they are reported as not checked here.

A merge plan for steps 1..T is an ordered tree with leaves 1..T whose nodes have two or more
children. Given teacher steps a_t > 0 and shrinkage factors g_t in [0, 1], a leaf's operator is a_t;
a node whose last leaf is j and whose children are c_1, ..., c_m has

    M = M(c_m) ((1 - g_j) M(c_1) ... M(c_{m-1}) + g_j).

C = a_1 ... a_T is what a plan should compute, e = M/C - 1 its error. Plans are written [1|[2.3|4]],
"|" before the last child and "." between the others. BOOT is [1|[2|[3|4]]], consistency
[[[1|2]|3]|4], vanilla [1.2.3|4].

Kind "orthant", case "below": if a_t <= 1 for all t < T then C <= BOOT <= plan <= consistency for
every plan; case "above": if a_t >= 1 for all t < T then plan <= vanilla <= C. All sides have the
factor a_T > 0, which is left out. Put a_t = 1/(1 + x_t) (or 1 + x_t) and g_t = z_t/(1 + z_t) with
x_t, z_t >= 0, and multiply a difference by its positive denominator: a polynomial with integer
coefficients is left. If none is negative, the difference is not. (g_t = 1 follows by continuity.)

Kind "boxes": for the cosine schedule a_t = (alpha_t alpha_{t-1} lam + sigma_t sigma_{t-1})/v_t,
v_t = alpha_t^2 lam + sigma_t^2, g_t = exp(-2 s v_t), boxes cover a range of variances lam. On the
first ones every plan has e > 0, on the last ones every plan has e < 0, and on those in between two
plans are named of which one has e > 0 and the other e < 0. Between the three groups lies one box
each, of width 10^-digits, on which nothing is claimed: it holds the edge.
"""

import hashlib
import json
import re
import sys
from fractions import Fraction
from functools import cache, reduce
from importlib.util import find_spec
from itertools import product
from pathlib import Path

SHOWN_IN_FULL = 4  # up to this T a record lists its polynomial, above only a hash of it
BITS = 256  # precision of the balls
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotChecked(Exception):
    status, word = 0, "not checked here"


class Rejected(Exception):
    status, word = 1, "REJECTED"


class Unreadable(Exception):
    status, word = 2, "cannot be read"


def expect(condition, message):
    if not condition:
        raise Rejected(message)


def same(p, q):
    """Equality that tells 1 from 1.0 and true."""
    return json.dumps(p, sort_keys=True) == json.dumps(q, sort_keys=True)


# --- Plans: a leaf is an int, a node the tuple of its children ---


@cache
def trees(first, last):
    """All plans for the steps first..last."""
    if first == last:
        return (first,)
    found = []
    for k in range(first, last):
        for child, rest in product(trees(first, k), trees(k + 1, last)):
            # The other children are one plan, or those of its root.
            found.append((child, rest))
            if isinstance(rest, tuple):
                found.append((child, *rest))
    return tuple(found)


def count(T):
    """Number of plans: the little Schroeder numbers, half of the large ones."""
    large = [1]
    for n in range(1, T):
        large.append(large[-1] + sum(large[k] * large[n - 1 - k] for k in range(n)))
    return large[T - 1] // 2 if T > 1 else 1


def write(plan):
    if isinstance(plan, int):
        return str(plan)
    return "[" + ".".join(map(write, plan[:-1])) + "|" + write(plan[-1]) + "]"


def parse(text, T):
    """The plan for the steps 1..T that is written so."""
    expect(isinstance(text, str) and re.fullmatch(r"[][0-9.|]+", text), f"not a plan: {text!r}")

    # As nested lists; writing the plan again settles that all marks are where they belong.
    plan = frozen(json.loads(re.sub(r"[.|]", ",", text)))
    expect(write(plan) == text, f"not a plan: {text!r}")
    expect(leaves(plan) == list(range(1, T + 1)), f"does not cover 1..{T}: {text!r}")
    return plan


def frozen(item):
    return tuple(map(frozen, item)) if isinstance(item, list) else item


def leaves(plan):
    return [plan] if isinstance(plan, int) else [t for child in plan for t in leaves(child)]


# --- Polynomials with integer coefficients: {monomial: coefficient} ---
# A monomial is one int with four bits per exponent: x_1..x_{T-1}, then z_2..z_T. No exponent
# exceeds T - 1 < 16, so adding two monomials multiplies them.


def x(t):
    return 1 << 4 * (t - 1)


def z(t, T):
    return 1 << 4 * (T + t - 3)


def times(p, q):
    result = {}
    for m, c in p.items():
        for n, d in q.items():
            result[m + n] = result.get(m + n, 0) + c * d
    return result


def plus(p, q, sign=1):
    result = dict(p)
    for m, c in q.items():
        result[m] = result.get(m, 0) + sign * c
    return {m: c for m, c in result.items() if c}


def one_plus(p, variable, power=1):
    """p times (1 + variable)^power."""
    return reduce(lambda q, _: plus(q, times(q, {variable: 1})), range(power), p)


@cache
def operator(plan, case, T):
    """M/a_T (or C/a_T) as numerator and denominator, the latter by the v of its factors 1 + v."""
    if plan == "C":
        steps = tuple(x(t) for t in range(1, T))
        return ({0: 1}, steps) if case == "below" else (reduce(one_plus, steps, {0: 1}), ())
    if isinstance(plan, int):
        if plan == T:
            return {0: 1}, ()
        return ({0: 1}, (x(plan),)) if case == "below" else ({0: 1, x(plan): 1}, ())
    left, below = {0: 1}, ()
    for child in plan[:-1]:
        numerator, denominator = operator(child, case, T)
        left, below = times(left, numerator), below + denominator
    rest = reduce(one_plus, below, {0: 1})
    # With g = z/(1+z): (1-g) left/rest + g = (left + z rest)/((1+z) rest).
    g = z(leaves(plan)[-1], T)
    numerator, denominator = operator(plan[-1], case, T)
    return times(numerator, plus(left, times(rest, {g: 1}))), (*denominator, *below, g)


def difference(larger, smaller):
    """Numerator of larger - smaller over the least common denominator."""
    (p, d), (q, e) = larger, smaller
    for variable in {*d, *e}:
        m, n = d.count(variable), e.count(variable)
        p, q = one_plus(p, variable, max(0, n - m)), one_plus(q, variable, max(0, m - n))
    return plus(p, q, -1)


# --- Kind "orthant" ---


def pairs(case, T):
    """Texts of what has to be compared, larger one first, for all plans."""
    plans = [write(plan) for plan in trees(1, T)]
    if case == "above":
        vanilla = write(tuple(range(1, T + 1)))
        return [("C", vanilla)] + [(vanilla, plan) for plan in plans]
    boot = write(reduce(lambda plan, t: (t, plan), range(T - 1, 0, -1), T))
    consistency = write(reduce(lambda plan, t: (plan, t), range(2, T + 1), 1))
    both = [pair for plan in plans for pair in ((plan, boot), (consistency, plan))]
    return [(boot, "C"), *both]


@cache
def record(larger, smaller, case, T):
    """A comparison of two texts, as it comes out here."""
    plans = [text if text == "C" else parse(text, T) for text in (larger, smaller)]
    found = difference(*(operator(plan, case, T) for plan in plans))
    shifts = range(0, 8 * T - 8, 4)
    terms = sorted([c, *(m >> k & 15 for k in shifts)] for m, c in found.items())
    coefficients = [term[0] for term in terms]
    found = {"larger": larger, "smaller": smaller, "terms": len(terms)}
    found |= {"least": min(coefficients, default=0), "sum": sum(coefficients)}
    if T <= SHOWN_IN_FULL:
        return found | {"polynomial": terms}
    return found | {"sha256": hashlib.sha256(json.dumps(terms).encode()).hexdigest()}


def check_orthant(certificate):
    case, T, given = certificate["case"], certificate["T"], certificate["records"]
    expect(case in ("below", "above"), "case must be below or above")
    expect(type(T) is int and 2 <= T <= 7, "T must be 2..7")
    number = len({*map(write, trees(1, T))})
    expect(number == len(trees(1, T)) == count(T), "the enumeration misses the Schroeder number")
    expect(same(certificate["plans"], number), f"there are {number} plans")
    named = [(each["larger"], each["smaller"]) for each in given]
    expect(named == pairs(case, T), "not the comparisons that are needed")
    for each in given:
        mine = record(each["larger"], each["smaller"], case, T)
        what = f"{each['larger']} >= {each['smaller']}"
        expect(same(each, mine), f"comes out differently: {what}")
        expect(mine["least"] >= 0, f"a coefficient is negative: {what}")
    return f"T = {T}, {case}: {len(given)} differences for {number} plan(s), none with a minus"


# --- Kind "boxes" ---


def rational(text):
    """A fraction in lowest terms, written "p/q" or "p"."""
    number = Fraction(text) if isinstance(text, str) else None
    expect(str(number) == text, f"not p/q in lowest terms: {text!r}")
    return number


def chain(T, s, low, high):
    """Balls that contain a_1..a_T and g_1..g_T for all lam in [low, high]."""
    from flint import arb, fmpq

    s, *ends = (arb(fmpq(q.numerator, q.denominator)) for q in (s, low, high))
    angles = [fmpq(t, 2 * T) for t in range(T + 1)]
    alpha, sigma = [arb.cos_pi_fmpq(q) for q in angles], [arb.sin_pi_fmpq(q) for q in angles]
    a, g = [], []
    for t in range(1, T + 1):
        steps, factors = [], []
        for lam in ends:
            v = alpha[t] ** 2 * lam + sigma[t] ** 2
            steps.append((alpha[t] * alpha[t - 1] * lam + sigma[t] * sigma[t - 1]) / v)
            factors.append((-2 * s * v).exp())
        # Both are monotone in lam, so the values at the ends span the range.
        a.append(steps[0].union(steps[1]))
        g.append(factors[0].union(factors[1]))
    return a, g


def join(e, f):
    """Error of a product: (1 + e)(1 + f) - 1."""
    return e + f + e * f


def learn(e, c, g):
    """Error of (1 - g) c (1 + e) + g as a stand-in for c."""
    return (1 - g) * e + g * (1 / c - 1)


def error(plan, a, g):
    """Balls that contain e and the composite of a plan."""
    if isinstance(plan, int):
        return a[plan - 1] * 0, a[plan - 1]
    *left, right = (error(child, a, g) for child in plan)
    e, c = reduce(lambda p, q: (join(p[0], q[0]), p[1] * q[1]), left)
    e = learn(e, c, g[leaves(plan)[-1] - 1])
    return join(right[0], e), right[1] * c


def extreme(a, g, sense):
    """A bound on e of every plan: from below (sense 1) or from above (sense -1).

    Both join and learn increase in e >= -1, so bounds on the parts give a bound on the whole.
    """
    T = len(a)

    def best(balls):
        expect(all(b.is_finite() for b in balls), "the boxes are too wide")
        if sense == -1:
            return max(b.upper() for b in balls)
        return max(min(b.lower() for b in balls), a[0] * 0 - 1)

    tree = {(t, t): a[t - 1] * 0 for t in range(1, T + 1)}  # one plan for i..j
    forest = dict(tree)  # plans for neighbouring ranges that make up i..j
    for size in range(2, T + 1):
        for i in range(1, T - size + 2):
            j, c, found = i + size - 1, 1, []
            for k in range(i, j):
                c = c * a[k - 1]
                found.append(join(tree[k + 1, j], learn(forest[i, k], c, g[j - 1])))
            tree[i, j] = best(found)
            joined = [join(forest[i, k], tree[k + 1, j]) for k in range(i, j)]
            forest[i, j] = best([tree[i, j], *joined])
    return tree[1, T]


@cache
def holds(claim, T, s, low, high):
    """Whether every plan is "above" or "below" on [low, high], or the two plans named are so."""
    from flint import ctx

    before, ctx.prec = ctx.prec, BITS
    try:
        a, g = chain(T, s, low, high)
        if claim == "above":
            return bool(extreme(a, g, 1) > 0)
        if claim == "below":
            return bool(extreme(a, g, -1) < 0)
        above, below = (error(parse(text, T), a, g)[0] for text in claim)
        return bool(above > 0 and below < 0)
    finally:
        ctx.prec = before


def check_boxes(certificate):
    if find_spec("flint") is None:
        raise NotChecked("python-flint is not installed")
    T, digits = certificate["T"], certificate["digits"]
    s, at, stop = (rational(certificate[key]) for key in ("s", "from", "to"))
    expect(certificate["schedule"] == "cosine", "the schedule must be cosine")
    expect(type(T) is type(digits) is int and 3 <= T <= 64, "T must be 3..64")
    expect(s > 0 and at > 0 and 1 <= digits <= 60, "s, from or digits out of range")
    order = []
    for box in certificate["boxes"]:
        low, high = map(rational, box["lam"])
        expect(low == at < high, f"the boxes leave a gap at {at}")
        at, claim = high, box["holds"]
        if claim == "edge":
            expect(high - low == Fraction(1, 10**digits), f"not one unit wide: the edge at {low}")
        else:
            claim = claim if claim in ("above", "below") else tuple(claim)
            expect(holds(claim, T, s, low, high), f"not shown on [{low}, {high}]: {claim}")
        order.append("both" if isinstance(claim, tuple) else claim)
    expect(at == stop, f"the boxes end at {at}")
    changes = [now for k, now in enumerate(order) if now == "edge" or order[k - 1 : k] != [now]]
    expect(changes == ["above", "edge", "both", "edge", "below"], "boxes in the wrong order")
    return f"T = {T}, s = {s}: {len(order)} boxes from {certificate['from']} to {stop}"


# --- Files ---


def digest(certificate):
    """Hash of everything but the hash."""
    payload = {key: entry for key, entry in certificate.items() if key != "sha256"}
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check(certificate):
    """Say in a line what a certificate shows, or raise Rejected, Unreadable or NotChecked."""
    kinds = {"orthant": check_orthant, "boxes": check_boxes}
    if not isinstance(certificate, dict) or certificate.get("schema") != "symmerge.certificate":
        raise Unreadable("not a certificate")
    expect(same(certificate.get("version"), 1), "unknown version")
    expect(certificate.get("kind") in kinds, "unknown kind")
    expect(certificate.get("sha256") == digest(certificate), "the hash does not fit")
    try:
        return kinds[certificate["kind"]](certificate)
    except MALFORMED as problem:
        raise Rejected(f"malformed: {problem!r}") from None


def check_file(path):
    try:
        certificate = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise Unreadable(str(problem)) from None
    return check(certificate)


def main(files):
    files = files or sorted((Path(__file__).resolve().parent / "certificates").glob("*.json"))
    status = 0 if files else 2
    for path in files:
        try:
            print(f"{path}: accepted: {check_file(path)}")
        except (NotChecked, Rejected, Unreadable) as problem:
            print(f"{path}: {problem.word}: {problem}")
            status = max(status, problem.status)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

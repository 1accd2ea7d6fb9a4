"""The definition of a merge plan on nested lists, read from the text form by hand.

Nothing here uses the package: the tests of plans and of the recursion compare against it.
"""

import re


def parse_tree(text):
    """``[1|[2.3|4]]`` as ``[1, [2, 3, 4]]``; recursive, so for short plans only."""
    tokens = re.findall(r"\d+|\[|\]", text)

    def read():
        token = tokens.pop(0)
        if token != "[":
            return int(token)
        node = []
        while tokens[0] != "]":
            node.append(read())
        tokens.pop(0)
        return node

    tree = read()
    assert not tokens
    return tree


def last(tree):
    """Noisiest step of a tree."""
    return tree if isinstance(tree, int) else last(tree[-1])


def leaves(tree):
    """All steps of a tree in order."""
    return [tree] if isinstance(tree, int) else [t for child in tree for t in leaves(child)]


def product(values):
    """Product of a sequence."""
    total = 1
    for value in values:
        total = total * value
    return total


def direct_operator(tree, a, g, init="warm"):
    """M by the definition: ``(1 - g) target + g A_init`` (a and g indexed by t - 1)."""
    if isinstance(tree, int):
        return a[tree - 1]
    parts = [direct_operator(child, a, g, init) for child in tree]
    t = last(tree)
    start = parts[-1] if init == "warm" else a[t - 1]
    return (1 - g[t - 1]) * product(parts) + g[t - 1] * start


def direct_composite(tree, a):
    """C by the definition."""
    return product(a[t - 1] for t in leaves(tree))


def spine_factors(tree, a, g):
    """``1 + f_k`` of the merges at the last time, from operators and composites."""
    factors = []
    while not isinstance(tree, int):
        *left, right = tree
        ratio = product(direct_operator(child, a, g) / direct_composite(child, a) for child in left)
        inverse = 1 / product(direct_composite(child, a) for child in left)
        h = g[last(tree) - 1]
        factors.append((1 - h) * ratio + h * inverse)
        tree = right
    return factors

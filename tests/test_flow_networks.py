"""Score networks meet their accuracy, are what they count, and travel as files."""

import json
import zipfile
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.cli import main
from symmerge.errors import InputError
from symmerge.flow.mixture import Mixture, write_mixture
from symmerge.flow.networks import growth, read_network, score_network, write_network
from symmerge.flow.networks.builder import Builder
from symmerge.flow.networks.gadgets import (
    Exponential,
    Inverse,
    exp_negative,
    largest,
    reciprocal,
)
from symmerge.flow.score import score
from symmerge.numbers import EXACT, balls, multiprecision

LINE = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
ONE = Fraction(1)


def mixture_of(d, K, rng):
    width = ("1", "1/2", "2")[(d + K) % 3]
    weights = rng.dirichlet(np.full(K, 4.0))
    return Mixture(rng.uniform(-3, 3, (K, d)), weights, width, beta=5)


def hard_points(mixture, radius, T, rng, count=4000):
    """Points in the ball, an eighth each at t = 0 and t = T, half near decision surfaces."""
    d = mixture.d
    x = rng.standard_normal((count, d))
    reach = radius * rng.uniform(0, 1, count) ** (1 / d)
    x *= (reach / np.linalg.norm(x, axis=1))[:, None]
    t = rng.uniform(0, T, count) * rng.choice([1, 0.1, 0.001], count)
    t[: count // 8], t[count // 8 : count // 4] = 0, T
    for k in range(count // 4, 3 * count // 4):
        i, j = rng.choice(mixture.K, 2, replace=False)
        apart = mixture.means[i] - mixture.means[j]
        along = rng.standard_normal(d)
        along -= (along @ apart) / (apart @ apart) * apart
        x[k] = mixture.signal(t[k]) * (mixture.means[i] + mixture.means[j]) / 2
        x[k] += along * mixture.variance(t[k]) ** 0.5 * (d > 1)
        x[k] += rng.standard_normal(d) * 10 ** rng.uniform(-6, 0)
        x[k] *= min(1, radius / np.linalg.norm(x[k]))
    return x, t


def worst(network, x, t):
    """Largest Euclidean error against the closed form, which takes one time after another."""
    mixture = network.mixture
    alpha = np.exp(-float(mixture.beta) * t)[:, None]
    v = 1 + (float(mixture.sigma0) ** 2 - 1) * alpha**2
    apart = x[:, None, :] - alpha[:, :, None] * mixture.means
    logits = np.log(mixture.weights) - np.sum(apart**2, axis=2) / (2 * v)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    wanted = -np.einsum("nk,nkd->nd", shares, apart) / v
    some = slice(None, None, max(1, len(t) // 20))
    ours = np.concatenate([score(mixture, x[[k]], t[k]) for k in range(len(t))[some]])
    assert ours == pytest.approx(wanted[some], rel=1e-9, abs=1e-11)
    return np.linalg.norm(network(x, t) - wanted, axis=1).max()


@pytest.mark.parametrize("K", [2, 3, 4, 5])
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_the_accuracy_is_met_on_4000_points(d, K):
    rng = np.random.default_rng(10 * d + K)
    mixture = mixture_of(d, K, rng)
    x, t = hard_points(mixture, float(score_network(mixture, "1e-2").radius), 1, rng)
    for eps in (f"1e-{n}" for n in range(2, 11)):
        for variant in ("shallow", "narrow"):
            network = score_network(mixture, eps, variant=variant)
            assert network.budget.bound <= float(network.eps)
            assert worst(network, x, t) <= float(eps)


def exact_score(mixture, x, t, context):
    """The closed form, written out once more, in many digits."""
    alpha = context.exp(-context.mpf(int(mixture.beta)) * t)
    v = alpha**2 * _mpf(mixture.sigma0**2, context) + (1 - alpha**2)
    means = [[context.mpf(value) for value in row] for row in mixture.means.tolist()]
    logits = [
        context.log(context.mpf(weight))
        - sum((a - alpha * b) ** 2 for a, b in zip(x, mean, strict=True)) / (2 * v)
        for weight, mean in zip(mixture.weights.tolist(), means, strict=True)
    ]
    top = max(logits)
    w = [context.exp(logit - top) for logit in logits]
    mean = [
        sum(a * row[i] for a, row in zip(w, means, strict=True)) / sum(w) for i in range(len(x))
    ]
    return [-(a - alpha * b) / v for a, b in zip(x, mean, strict=True)]


def _mpf(value, context):
    return context.mpf(value.numerator) / value.denominator


@pytest.mark.parametrize(("eps", "variant"), [("1e-20", "narrow"), ("1e-40", "shallow")])
def test_the_accuracy_is_met_in_eighty_digits(eps, variant):
    field = multiprecision(80)
    context = field.context
    rng = np.random.default_rng(3)
    mixture = mixture_of(2, 3, rng)
    network = score_network(mixture, eps, variant=variant)
    errors = []
    points, times = hard_points(mixture, float(network.radius), 1, rng, 16)
    for x, t in zip(points.tolist(), times.tolist(), strict=True):
        inputs = [context.mpf(t), *map(context.mpf, x)]
        found = network.network.at(inputs, field)
        wanted = exact_score(mixture, inputs[1:], inputs[0], context)
        errors.append(context.norm([a - b for a, b in zip(found, wanted, strict=True)]))
    assert max(errors) <= network.budget.bound <= context.mpf(eps)
    assert max(errors) > context.mpf(eps) * 1e-12  # it is the accuracy that was asked for


@given(
    st.floats(0.05, 3),
    st.floats(0.3, 6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 10**6),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_bound_holds_for_any_mixture(sigma0, beta, d, K, seed):
    rng = np.random.default_rng(seed)
    mixture = Mixture(rng.uniform(-2, 2, (K, d)), None, sigma0, beta)
    network = score_network(mixture, "1e-3", 2)
    x, t = rng.uniform(-1, 1, (200, d)), rng.uniform(0, 2, 200)
    x *= float(network.radius) / np.linalg.norm(x, axis=1)[:, None] * rng.uniform(0, 1, (200, 1))
    assert worst(network, x, t) <= float(network.budget.bound) + 1e-9


def test_one_component_and_a_stationary_width_need_fewer_pieces():
    for mixture in (Mixture([[0.5, 1.0]], sigma0=1), Mixture([[0.5, 1.0]], sigma0=2)):
        network = score_network(mixture, "1e-6")
        x = np.random.default_rng(0).uniform(-3, 3, (50, 2))
        assert worst(network, x, np.linspace(0, 1, 50)) < 1e-6
    assert score_network(Mixture([[0.0]]), "1e-6").network.depth == 0  # the score is -x


def test_every_unit_reads_the_layer_before_it_and_something_reads_it():
    for variant in ("shallow", "narrow"):
        network = score_network(LINE, "1e-6", variant=variant).network
        widths = [network.inputs, *(len(layer) for layer in network.layers)]
        for n, layer in enumerate(network.layers):
            read = {k for unit in layer for k, _ in unit.row}
            assert read <= set(range(widths[n]))
            if n > 0:
                assert read == set(range(widths[n]))
            assert len(set(layer)) == len(layer) or n == network.depth
        assert network.width == max(widths[1:-1])
        assert network.units == sum(widths[1:-1])
        count = sum((w != 0).sum() + (b != 0).sum() for w, b, _ in network.arrays)
        assert network.parameters == count


def test_both_variants_and_all_number_types_compute_the_same():
    shallow, narrow = (score_network(LINE, "1e-8", variant=v) for v in ("shallow", "narrow"))
    x = np.linspace(-4, 4, 33)[:, None]
    assert shallow(x, 0.3) == pytest.approx(narrow(x, 0.3), abs=1e-11)
    field = balls(200)
    with field.working():
        ball = shallow.network.at(
            [field.number(Fraction(3, 10)), field.number(Fraction(1, 2))], field
        )
        assert float(ball[0].rad()) < 1e-30
        middle = float(ball[0].mid())
    assert middle == pytest.approx(shallow([[0.5]], 0.3)[0, 0], abs=1e-11)


part = st.fractions(0, 1, max_denominator=100)
small = st.fractions(-8, 8, max_denominator=64)


@given(small, small, small)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_products_squares_maxima_and_carries_are_exact(p, q, r):
    build = Builder(3)
    a, b, c = (build.input(k, Fraction(8)) for k in range(3))
    late = build.carry(c, 3)
    network = build.finish(
        [build.product(a, b), build.square(b), largest(build, [a, b, c]), late, build.relu(a)]
    )
    assert network.at([p, q, r], EXACT) == [p * q, q * q, max(p, q, r), r, max(p, 0)]


@given(st.integers(1, 20), st.fractions(0, 1, max_denominator=1000), st.floats(1e-14, 1e-2))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_exponential_stays_within_its_error(top, part, error):
    context = mpmath.mp.clone()
    context.dps = 40
    recipe = Exponential.within(context.mpf(error), Fraction(top), context)
    assert recipe.error <= error
    for variant in ("shallow", "narrow"):
        build = Builder(1)
        value = exp_negative(build, build.input(0, Fraction(top), 1), recipe, variant)
        field = multiprecision(40)
        w = top * part
        found = build.finish([value]).at([_mpf(w, field.context)], field)[0]
        exact = field.context.exp(-_mpf(w, field.context))
        assert abs(found - exact) <= recipe.error * exact


@given(st.fractions(Fraction(1, 50), 1, max_denominator=100), st.integers(1, 40), part)
@settings(max_examples=15, deadline=None, derandomize=True)
def test_the_reciprocal_stays_within_its_error(low, high, part):
    context = mpmath.mp.clone()
    context.dps = 40
    recipe = Inverse.within(context.mpf("1e-9"), low, high, context)
    build = Builder(1)
    value = reciprocal(build, build.input(0, high, 1), recipe)
    v = low + (high - low) * part
    found = build.finish([value]).at([v], EXACT)[0]
    assert abs(found * v - 1) <= Fraction(str(mpmath.nstr(recipe.error * (1 + 1e-12), 20)))


def test_sizes_grow_slowly_and_horner_keeps_the_width():
    shallow = growth(LINE, (2, 8, 32, 128))
    narrow = growth(LINE, (2, 8, 32, 128), variant="narrow")
    assert len(set(narrow.sizes["width"].tolist())) == 1
    assert np.all(shallow.sizes["depth"] <= narrow.sizes["depth"])
    assert np.all(shallow.exponents("depth") < 0.4)  # log log, not a power
    assert np.all(np.diff(shallow.sizes["parameters"]) > 0)
    json.dumps(shallow.to_dict())


def test_files_bring_the_network_back(tmp_path):
    made = score_network(LINE, "1e-6")
    path = tmp_path / "line.npz"
    write_network(made, path)
    network, header = read_network(path)
    x = np.linspace(-3, 3, 21)
    inputs = np.column_stack([np.full(21, 0.2), x])
    assert np.array_equal(network(inputs), made.network(inputs))
    assert header["eps"] == "1/1000000"
    assert Mixture.from_dict(header["mixture"]).means.tolist() == [[-1.0], [1.0]]
    assert [len(layer) for layer in network.layers] == [len(one) for one in made.network.layers]


def test_others_can_run_the_file_with_torch(tmp_path):
    torch = pytest.importorskip("torch")
    made = score_network(LINE, "1e-6", variant="narrow")
    write_network(made, tmp_path / "line.npz")
    x = np.linspace(-3, 3, 21)[:, None]
    with np.load(tmp_path / "line.npz", allow_pickle=False) as file:
        depth = sum(name.startswith("squared_") for name in file.files)
        h = torch.from_numpy(np.column_stack([np.full(21, 0.2), x]))
        for n in range(depth):
            weight, bias = (torch.from_numpy(file[f"{name}_{n}"]) for name in ("weight", "bias"))
            h = torch.relu(h @ weight.T + bias)
            h = torch.where(torch.from_numpy(file[f"squared_{n}"]), h**2, h)
        found = h @ torch.from_numpy(file[f"weight_{depth}"]).T
        found = found + torch.from_numpy(file[f"bias_{depth}"])
    assert found.numpy() == pytest.approx(made(x, 0.2), abs=1e-12)


def damaged(path, tmp_path):
    """Files that are not score networks any more, and why."""
    data = path.read_bytes()
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(str(arrays["header"]))

    def saved(name, **changes):
        target = tmp_path / f"{name}.npz"
        kept = {key: value for key, value in (arrays | changes).items() if value is not None}
        np.savez(target, **kept)
        return target

    for name, broken in {"cut": data[: len(data) // 2], "empty": b"", "text": b"hello"}.items():
        (tmp_path / f"{name}.npz").write_bytes(broken)
        yield tmp_path / f"{name}.npz"
    yield saved("nan", weight_3=arrays["weight_3"] * np.nan)
    yield saved("shape", weight_3=arrays["weight_3"][:, 1:])
    yield saved("hole", bias_3=None)
    yield saved("single", weight_3=arrays["weight_3"].astype(np.float32))
    yield saved("extra", more=np.zeros(3))
    yield saved("foreign", header=np.array(json.dumps(header | {"schema": "other"})))
    yield saved("header", header=np.array("{"))
    yield saved("object", header=np.array([{"a": 1}], dtype=object))


def test_damaged_and_foreign_files_are_refused_in_one_line(tmp_path):
    path = tmp_path / "line.npz"
    write_network(score_network(LINE, "1e-3"), path)
    for broken in damaged(path, tmp_path):
        with pytest.raises(InputError) as told:
            read_network(broken)
        assert "\n" not in str(told.value), broken
    with pytest.raises(InputError, match="file must exist"):
        read_network(tmp_path / "nothing.npz")
    flipped = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("weight_5.npy")
    flipped[member.header_offset + 62 + member.compress_size // 2] ^= 1
    path.write_bytes(bytes(flipped))
    with pytest.raises(InputError):
        read_network(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"eps": 0}, "eps must be > 0"),
        ({"eps": 1}, "eps must be > 0 and < 1"),
        ({"eps": float("nan")}, "eps must be a finite number"),
        ({"eps": "1e-301"}, "at least 1e-300"),
        ({"T": 0}, "T must be > 0"),
        ({"radius": -1}, "radius must be > 0"),
        ({"variant": "fat"}, "variant must be one of shallow, narrow"),
    ],
)
def test_bad_arguments(change, told):
    with pytest.raises(InputError, match=told):
        score_network(LINE, **{"eps": "1e-3"} | change)


def test_the_command_line(tmp_path, capsys):
    write_mixture(LINE, tmp_path / "line.json")
    out = tmp_path / "net.npz"
    command = ["network", str(tmp_path / "line.json"), "--eps", "1e-4", "--variant", "narrow"]
    assert main([*command, "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["variant"] == "narrow"
    assert read_network(out)[1]["parameters"] == answer["parameters"]
    assert main(command) == 0
    assert f"depth {answer['depth']}" in capsys.readouterr().out
    assert main([*command[:2], "--eps", "3"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_means_too_small_to_square_are_no_obstacle():
    network = score_network(Mixture([-1e-200, 1e-200], sigma0=1), "0.1")
    x = np.linspace(-2, 2, 9)[:, None]
    assert worst(network, x, np.full(9, 0.5)) < 0.1

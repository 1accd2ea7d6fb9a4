"""The study of real networks: the pieces against independent formulas, resuming, the claims."""

import json

import numpy as np
import pytest

from symmerge.cli import main
from symmerge.dynamics.laws import SGD
from symmerge.errors import InputError
from symmerge.plan import MergePlan, boot, canonical_plans, vanilla
from symmerge.schedule import cosine
from symmerge.spectrum import Spectrum
from symmerge.study.config import SCALINGS, Setting, evaluations, settings
from symmerge.study.quality import coupling_error, gaussian_w2, nonlinear_share

pytest.importorskip("sklearn")
torch = pytest.importorskip("torch")

from symmerge.study import run as study_run  # noqa: E402
from symmerge.study.distil import Distiller, Student  # noqa: E402
from symmerge.study.network import form_of, new_weights, step  # noqa: E402
from symmerge.study.run import read_study, run_study  # noqa: E402
from symmerge.study.sampling import NoisedData, stream  # noqa: E402
from symmerge.study.scaled import scaled_data  # noqa: E402
from symmerge.study.teacher import sample  # noqa: E402

TINY = Setting(
    T=4, seeds=2, steps=4, hidden=16, teacher_steps=30, linear_seeds=3, evaluation=128, batch=16
)


class Unsaved:
    """A cell that keeps nothing."""

    name, work = "cell", 1

    def saved(self):
        return None

    def save(self, arrays):
        pass

    def tell(self, done):
        pass


def distiller(optimiser="sgd", steps=3, shared=False, cell=None, name="cell"):
    form = form_of(cosine(4), np.array([0.5, 2.0]))
    rows = np.random.default_rng(0).standard_normal((2, 50, 3))
    data = NoisedData(rows, 1, form)
    teacher = new_weights(2, 3, 8, 4, stream("weights"))
    teacher["leave"] = torch.randn(2, 8, 3, generator=stream("leave")) / 3
    cell = cell or Unsaved()
    cell.name = name
    return Distiller(data, teacher, optimiser, 0.01, steps, 16, shared, cell)


def test_budgets_are_equal_in_what_they_say():
    setting = Setting()
    for name, plan in setting.plans().items():
        assert setting.steps_of(plan, "merge") == 200, name
        total = setting.steps_of(plan, "total") * plan.merges
        assert abs(total - 1400) <= plan.merges / 2
        work = setting.steps_of(plan, "compute") * evaluations(plan)
        assert abs(work - 200 * evaluations(boot(8))) <= evaluations(plan) / 2
    assert evaluations(MergePlan.parse("[1|[2.3|4]]")) == 3 + 2 + 3 + 3


def test_scalings_lie_where_they_say():
    data = scaled_data(Setting())
    below, mixed, straddling, above = (spectrum.variances for spectrum in data.spectra)
    assert below.max() == pytest.approx(0.95)
    assert mixed.max() == pytest.approx(4)
    assert 0 < np.sum(mixed > 1) < 16
    assert np.median(straddling) == pytest.approx(1)
    assert above.min() == pytest.approx(2.1)
    pixels = data.decode(3, data.rows[3][:2])
    assert pixels == pytest.approx(data.decode(0, data.rows[0][:2]))


def test_the_form_around_the_network_is_edms():
    """``f_t`` is the DDIM step of the preconditioned denoiser, whatever F is."""
    lam, T, t = 1.7, 6, 4
    form = form_of(cosine(T), np.array([lam]))
    alpha, sigma = form.alpha, form.sigma
    v = alpha[t] ** 2 * lam + sigma[t] ** 2
    z, inner = 0.8, -0.3
    clean = alpha[t] * lam / v * z + np.sqrt(lam) * sigma[t] / np.sqrt(v) * inner
    noise = (z - alpha[t] * clean) / sigma[t]
    wanted = alpha[t - 1] * clean + sigma[t - 1] * noise
    found = float(form.skip[t - 1].item() * z + form.out[t - 1].item() * inner)
    assert found == pytest.approx(wanted, rel=1e-6)
    assert form.scale_in[t - 1].item() ** -2 == pytest.approx(v, rel=1e-6)
    assert form.clean_skip[t - 1].item() * z + form.clean_out[t - 1].item() * inner == (
        pytest.approx(clean, rel=1e-6)
    )


def test_without_training_every_plan_is_the_last_step():
    for shared in (False, True):
        for plan in canonical_plans(4).values():
            made = distiller(steps=0, shared=shared)
            student = made.run(plan)
            z = torch.randn(2, 5, 3, generator=stream("z"))
            assert torch.equal(student(made.data.form, z), step(made.teacher, made.data.form, z, 4))


def test_long_training_makes_the_teachers_sampler():
    """Enough steps of Adam bring the student to T steps of the teacher, along two plans."""
    for plan in (vanilla(4), boot(4)):
        made = distiller("adam", steps=400)
        student = made.run(plan)
        with torch.no_grad():
            z = torch.randn(2, 500, 3, generator=stream("z"))
            wanted = sample(made.teacher, made.data.form, z)
            start = Student(made.teacher, 4)(made.data.form, z)
            found = student(made.data.form, z)
        gap, before = (float(((x - wanted) ** 2).sum()) for x in (found, start))
        assert gap < 0.2 * before


def test_networks_of_a_stack_do_not_touch_each_other():
    """Changing one teacher leaves the other network's student as it was, bit for bit."""
    one, two = distiller("adam"), distiller("adam")
    two.teacher["leave"][1] += 0.5
    first, second = one.run(boot(4)).weights, two.run(boot(4)).weights
    for name in first:
        assert torch.equal(first[name][0], second[name][0])
    assert not torch.equal(first["leave"][1], second["leave"][1])


def test_sharing_changes_only_plans_that_train_at_several_times():
    for name, plan in canonical_plans(4).items():
        apart, together = (distiller(shared=shared).run(plan).weights for shared in (False, True))
        same = all(torch.equal(apart[key], together[key]) for key in apart)
        assert same == (name in ("vanilla", "boot"))


def test_frozen_children_are_not_trained():
    made = distiller("adam", shared=True)
    before = {name: tensor.clone() for name, tensor in made.teacher.items()}
    made.run(canonical_plans(4)["progressive"])
    assert all(torch.equal(before[name], made.teacher[name]) for name in before)


class Interrupted(Unsaved):
    """A cell that keeps checkpoints and is stopped after some merges."""

    def __init__(self, merges):
        self.kept, self.left = None, merges

    def saved(self):
        return self.kept

    def save(self, arrays):
        self.kept = {name: np.array(values) for name, values in arrays.items()}
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("shared", [False, True])
def test_a_plan_goes_on_from_its_last_merge(shared):
    plan = canonical_plans(4)["progressive"]
    whole = distiller("adam", shared=shared)
    wanted = whole.run(plan).weights
    cell = Interrupted(2)
    with pytest.raises(KeyboardInterrupt):
        distiller("adam", shared=shared, cell=cell).run(plan)
    again = distiller("adam", shared=shared, cell=cell)
    found = again.run(plan).weights
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert again.contractions == whole.contractions


def test_quality_measures():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 3))
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    assert gaussian_w2(x, x @ turn + 2) == pytest.approx(gaussian_w2(x @ turn + 2, x))
    # Commuting covariances: the distance of the standard deviations.
    scaled = x * np.sqrt([1, 4, 9])
    values = np.linalg.eigvalsh(np.cov(x.T))
    wanted = np.sum((np.sqrt(values) - 2 * np.sqrt(values)) ** 2)
    assert gaussian_w2(x - x.mean(0), 2 * (x - x.mean(0))) == pytest.approx(wanted)
    assert gaussian_w2(scaled, scaled) == pytest.approx(0, abs=1e-6)
    assert coupling_error(scaled, scaled) == 0
    assert nonlinear_share(x, x @ turn + 1) == pytest.approx(0, abs=1e-20)
    assert nonlinear_share(x, x**2) > 0.9


def test_a_stopped_study_gives_the_same_table(tmp_path, monkeypatch):
    whole = run_study((TINY,), tmp_path / "whole").to_dict()
    stopped, trained = [], []
    student = study_run._Work._student

    def stopping(self, name, cell):
        trained.append(str(name))
        if len(trained) == 5 and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt
        return student(self, name, cell)

    monkeypatch.setattr(study_run._Work, "_student", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_study((TINY,), tmp_path / "again")
    assert not (tmp_path / "again" / "study.json").exists()
    done = []
    again = run_study((TINY,), tmp_path / "again", lambda *state: done.append(state))
    assert again.to_dict() == whole
    assert len(trained) == len(set(trained)) + 1
    assert done[-1][0] == done[-1][1]
    assert read_study(tmp_path / "again" / "study.json").to_dict() == whole
    with pytest.raises(InputError, match="another configuration"):
        run_study((Setting(T=4),), tmp_path / "again")


def test_linear_students_follow_the_prediction_within_two_percent():
    """A few cells of the small study's linear control, as it runs them."""
    from symmerge.study.linear import train_linear

    setting = Setting(linear_seeds=8)
    data = scaled_data(setting)
    ratios = []
    for name in ("vanilla", "boot"):
        found = train_linear(setting, data, setting.plans()[name], setting.steps, Unsaved())
        ratios.append(np.divide(found["measured"], found["predicted"]))
    assert np.sqrt(np.mean((np.array(ratios) - 1) ** 2)) < 0.02


def test_sizes():
    assert settings("small", 3) == (Setting(seed=3),)
    assert len({setting.name for setting in settings("full")}) == 4
    with pytest.raises(InputError, match="size must be one of small, full"):
        settings("large")


def test_command_line_gives_one_line(tmp_path, capsys):
    (tmp_path / "other").write_text("x", encoding="utf-8")
    assert main(["study", "--size", "tiny", "--out", str(tmp_path / "a")]) == 2
    assert main(["study", "--out", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "--size must be one of" in lines[0]
    assert "--out must be empty" in lines[1]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="must be a study"):
        read_study(path)


def test_predictions_agree_with_the_linear_control():
    """The page's error is the core's: GradientFlow at s = lr N is SGD's limit of small rates."""
    from symmerge.chain import build_chain
    from symmerge.merge import operator
    from symmerge.numbers import FLOAT
    from symmerge.study.predict import flow_error

    lam, plan = np.array([0.3, 0.9]), boot(4)
    chain = build_chain(cosine(4), lam, SGD("1e-6", 400000, 64), FLOAT)
    gap = operator(plan, chain) - chain.C
    wanted = np.sum(gap**2) / np.sum(np.asarray(chain.C) ** 2)
    found = flow_error(plan, Spectrum(lam), cosine(4), 0.4)
    assert found == pytest.approx(float(wanted), rel=1e-5)
    assert len(SCALINGS) == 4


def lawful(setting):
    """Cells of students that follow gradient flow, but for a seed's own factor."""
    from symmerge.study.predict import flow_error

    lam = [np.geomspace(0.02, top, 12).tolist() for top in (0.9, 3, 20, 80)]
    spectra, factors = [Spectrum(x) for x in lam], np.array([0.97, 1.0, 1.02, 1.01])
    plans, schedule = setting.plans(), setting.schedule

    def errors(name, s):
        return [
            (factors * flow_error(plans[name], spectrum, schedule, s)).tolist()
            for spectrum in spectra
        ]

    cells = {"teacher": {"variances": lam, "untrained": errors("boot", 0.0)}}
    for cell in setting.student_cells():
        s = 0.3 * setting.steps_of(plans[cell.plan], cell.budget) / setting.steps
        cells[str(cell)] = {"error": errors(cell.plan, s)}
    return cells


def test_students_that_follow_the_theory_get_full_marks():
    from symmerge.study.analysis import Analysis

    a = Analysis(Setting(), lawful(Setting()))
    assert a.time("sgd", "merge") == pytest.approx(0.3, rel=1e-6)
    assert a.time("sgd", "half") == pytest.approx(0.15, rel=1e-6)
    assert a.off("sgd") == pytest.approx(0, abs=1e-6)
    orders = a.orders("sgd", "merge")
    assert orders.right == orders.pairs > 40
    assert orders.fixed < orders.right
    regrets = a.regrets("sgd", "merge")
    assert regrets["theory"] == 1
    assert min(x for name, x in regrets.items() if name != "theory") > 1
    hits, total, _, against = a.coverage("sgd", ("vanilla", "progressive"))
    assert (hits, against) == (total, 0)


def test_relabelled_students_get_no_marks():
    """BOOT's and consistency's results swapped: pairs, picks and calibration must notice."""
    from symmerge.study.analysis import Analysis

    cells = lawful(Setting())
    one, two = ("sgd.separate.merge." + name for name in ("boot", "consistency"))
    cells[one], cells[two] = cells[two], cells[one]
    a = Analysis(Setting(), cells)
    orders = a.orders("sgd", "merge")
    assert orders.right < 0.8 * orders.pairs
    assert a.regrets("sgd", "merge")["theory"] > 1.1
    assert a.coverage("sgd", ("vanilla", "boot"))[3] == len(SCALINGS)
    assert a.off("sgd").max() > 0.5

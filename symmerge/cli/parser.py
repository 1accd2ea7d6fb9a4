"""Commands and options, and what ``--help`` says about them.

Values stay text here; the functions that use them check them, so that the command line and Python
give the same errors.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from . import commands, completion, experiment, explore, flow, network, study, sweep, tex, training

__all__ = ["UsageError", "build_parser"]


class UsageError(Exception):
    """The command line itself is wrong: an unknown command or option, or one too few."""


class _Parser(argparse.ArgumentParser):
    """Takes whole option names only, each at most once; raises instead of printing its usage."""

    def __init__(self, **settings: Any) -> None:
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=layout, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; try {self.prog} --help")


class _Once(argparse.Action):
    """Store a value; a second one is an error, not a silent change of mind."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Store `values` unless there is one already."""
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given twice")
        setattr(namespace, self.dest, values)


class _Version(argparse.Action):
    """Print the version; it is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Print and stop."""
        from .. import __version__
        from .output import say

        say(f"symmerge {__version__}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; the options it returns hold the command to ``run``."""
    parser = _Parser(
        prog="symmerge",
        description="Which distillation strategy is best for a diffusion sampler, how good is it,\n"
        "and how sure is that? Formulas, certified numbers and optimal merge plans.",
        epilog="start here:\n"
        "  symmerge demo --out report\n"
        "  symmerge plan --lam 1.536 --T 6 --s 1\n\n"
        "numbers are exact: write 3, 0.2, 1e-3 or 1/5\n"
        "exit status: 0 done, 1 a claim was refuted, 2 bad input",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    command = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (
        _add_plan,
        _add_evaluate,
        _add_derive,
        _add_phase,
        _add_sweep,
        _add_shrinkage,
        _add_budget,
        _add_simulate,
        _add_grid,
        _add_mixture,
        _add_network,
        _add_experiment,
        _add_study,
        _add_calibrate,
        _add_tex,
        _add_explore,
        _add_demo,
        _add_completion,
    ):
        add(command)
    return parser


def _new(
    command: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, teach: str
) -> tuple[argparse.ArgumentParser, Callable[..., None]]:
    """Add a subcommand; also return a function that adds one of its options that take a value."""
    parser = command.add_parser(name, help=summary, description=f"{summary}.", epilog=teach)
    parser.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    parser.set_defaults(run=run)

    def option(flag: str, metavar: str, text: str, **settings: Any) -> None:
        parser.add_argument(flag, metavar=metavar, action=_Once, help=text, **settings)

    return parser, option


def _add_schedule(option: Callable[..., None]) -> None:
    option(
        "--schedule",
        "NAME|FILE",
        "cosine (default), flow, ddpm, edm, or a JSON file: a schedule of symmerge or a "
        "diffusers scheduler config",
    )


def _add_plan(command: Any) -> None:
    _, option = _new(
        command,
        "plan",
        commands.plan,
        "find the best merge plan for one data variance, or for a whole spectrum",
        "examples:\n"
        "  symmerge plan --lam 1.536 --T 6 --s 1\n"
        "      one coordinate of variance 1.536, six sampler steps, training time 1 per merge\n"
        "  symmerge plan --lam 2.5 --T 2048 --s 3 --schedule flow --json\n"
        "  symmerge plan --data digits --scale unit --T 32 --s 3\n"
        "      one plan for all 64 pixels of the digits, scaled to mean variance 1\n"
        "  symmerge plan --data patches-rgb --encode pca:32 --scale unit --T 32 --s 3\n"
        "      one plan for 32 latents of colour patches\n"
        "  symmerge plan --spectrum variances.csv --T 32 --s 3\n"
        "  symmerge plan --lam 2.5 --T 6 --law sgd --lr 0.1 --steps 20 --batch 4\n"
        "      trained by SGD: the plan with the least root-mean-square error\n\n"
        "exit status 1 says that the plan asked for with --method is not optimal",
    )
    option("--lam", "NUMBER", "variance of the data, > 0")
    option(
        "--data",
        "NAME|FILE",
        "digits, patches-grey, patches-rgb, or samples in rows of a .npy, .npz or .csv file",
    )
    option(
        "--spectrum",
        "FILE",
        "variances in a .csv, .npy, .npz or .json file, one per row; a second column counts how "
        "often each occurs",
    )
    option("--T", "STEPS", "steps of the sampler, 2 or more; a schedule file may fix them")
    option("--s", "TIME", "dimensionless training time of every merge, >= 0; or --law")
    _add_law(option, "for --lam: ")
    _add_schedule(option)
    option(
        "--method",
        "NAME",
        "for --lam: auto (default), exact, exhaustive (T <= 11), algorithm1, or one to rate: "
        "vanilla, boot, consistency, progressive",
    )
    option(
        "--scale",
        "HOW",
        "for --data: none (default), unit (one factor, mean variance 1) or pixel (every "
        "coordinate standardised)",
    )
    option(
        "--encode",
        "HOW[:K]",
        "for --data: plan for K latents (32 if K is left out) of pca, whiten, whiten-heldout or "
        "autoencoder; --scale then scales the latents",
    )
    option(
        "--noise-cov",
        "FILE",
        "for --data: covariance of the noise, a square matrix in a .npy, .npz or .csv file, in "
        "the coordinates the student sees (scaled, encoded); white by default",
    )
    option(
        "--student",
        "HOW",
        "for --noise-cov: trained in noise-whitened coordinates (whitened, default) or in the "
        "data's own (raw; at most 256 coordinates, no certificate)",
    )


def _add_evaluate(command: Any) -> None:
    parser, option = _new(
        command,
        "evaluate",
        commands.evaluate,
        "evaluate a merge plan to many digits, with a certified enclosure of its error",
        "example:\n"
        "  symmerge evaluate '[1|[2|[3|4]]]' --lam 1/5 --s 40 --digits 50\n\n"
        "a plan is written with | before the noisiest part of a merge and . between the others:\n"
        "  '[1.2.3|4]' merges all at once, '[1|[2|[3|4]]]' one after the other",
    )
    parser.add_argument("plan", metavar="PLAN", help="merge plan for steps 1..T, quoted")
    option("--lam", "NUMBER", "variance of the data, > 0", required=True)
    option("--s", "TIME", "dimensionless training time of every merge, >= 0", required=True)
    option("--digits", "COUNT", "correct digits wanted (default 50)")
    _add_schedule(option)


def _add_derive(command: Any) -> None:
    parser, option = _new(
        command,
        "derive",
        commands.derive,
        "derive the closed form of a merge plan",
        "examples:\n"
        "  symmerge derive '[1|[2|3]]'\n"
        "  symmerge derive '[1|[2|3]]' --of error --format text --expand",
    )
    parser.add_argument("plan", metavar="PLAN", help="merge plan for steps 1..T, quoted")
    option("--of", "WHAT", "operator (default): M; error: e = M/C - 1")
    option("--lam", "SYMBOL", "name of the variance in the formulas (default lambda)")
    option("--format", "HOW", "latex (default) or text")
    parser.add_argument(
        "--expand", action="store_true", help="write the steps a_t, g_t out, for --schedule"
    )
    _add_schedule(option)


def _add_tex(command: Any) -> None:
    parser, option = _new(
        command,
        "tex",
        tex.tex,
        "write LaTeX for a paper: formulas with their definitions, tables, macros, BibTeX",
        "examples:\n"
        "  symmerge tex operator '[[1|2]|3]'\n"
        "  symmerge tex error boot\n"
        "      for any number of steps; with --T 8 written out for 8\n"
        "  symmerge tex edges --T 64 --s 3\n"
        "  symmerge tex table --lam 0.2,1,5 --T 64,128 --s 6.4 --document\n"
        "  symmerge tex formula\n"
        "      lists the named formulas\n"
        "  symmerge tex formula stability-coordinate --bib\n"
        "  symmerge tex macros\n"
        "      writes symmerge.sty\n\n"
        "everything compiles with amsmath alone and renders in KaTeX; theorems: see\n"
        "python -m proofs NAME --latex",
    )
    parser.add_argument(
        "what", metavar="WHAT", help="operator, error, formula, edges, table or macros"
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="operator, error: a merge plan, quoted, or vanilla, boot, consistency, progressive; "
        "formula: its name",
    )
    option("--T", "STEPS", "number of steps; for table several with commas between")
    option("--lam", "LIST", "for table: variances, with commas between")
    option("--s", "TIME", "for edges and table: training time of every merge")
    option("--digits", "COUNT", "for edges: digits to show (default 12)")
    _add_schedule(option)
    parser.add_argument(
        "--document", action="store_true", help="write a complete file that compiles"
    )
    parser.add_argument(
        "--bib", action="store_true", help="write the BibTeX entries of what it rests on instead"
    )


def _add_phase(command: Any) -> None:
    _, option = _new(
        command,
        "phase",
        commands.phase,
        "compute the variances at which the best strategy changes",
        "example:\n"
        "  symmerge phase --T 64 --s 3\n\n"
        "up to lam_boot sequential BOOT is optimal, from lam_van on vanilla; between lam_lo and\n"
        "lam_hi plans with errors of both signs exist; at lam_0 vanilla is exact",
    )
    option("--T", "STEPS", "steps of the sampler, 2 or more; a schedule file may fix them")
    option("--s", "TIME", "dimensionless training time of every merge, > 0; or --law")
    _add_law(option)
    option("--digits", "COUNT", "certified digits wanted (default 30)")
    _add_schedule(option)


def _add_sweep(command: Any) -> None:
    parser, option = _new(
        command,
        "sweep",
        sweep.sweep,
        "errors, best plans and regimes over many variances, training times and step counts",
        "examples:\n"
        "  symmerge sweep --lam 0.05:20:400:log --s 0.3:10:200 --T 64,128 --out table\n"
        "  symmerge sweep phase-lam-s --out phase --workers 2\n"
        "      shipped: source-strategies, error-gaps, phase-lam-s, phase-lam-T, equal-budget\n\n"
        "an axis is a list 1,3,6.4 or a grid START:STOP:COUNT, with :log for a logarithmic one;\n"
        "a sweep that was stopped goes on when the same command is given again",
    )
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="JSON file, or a shipped sweep")
    option("--lam", "AXIS", "variances of the data, > 0")
    option("--s", "AXIS", "dimensionless training times, >= 0")
    option("--T", "AXIS", "steps of the sampler, 2 to 4096; a schedule file may fix them")
    _add_schedule(option)
    option(
        "--plans",
        "LIST",
        "vanilla, boot, consistency, progressive, best (default: all of these), or plans such as "
        "'[1|[2|3]]', with commas between",
    )
    option("--budget", "HOW", "s is for every merge (merge, default) or shared by all (total)")
    option(
        "--window",
        "HOW",
        "where theorems leave a point open: decide it (exact, default), leave it (theorems), or "
        "look for the best plan inside the band too (search, slow)",
    )
    option(
        "--out", "DIR", "folder for the table; new, empty, or begun by this sweep", required=True
    )
    option("--workers", "COUNT", "processes (default 1); the result is the same on any number")


def _add_law(
    option: Callable[..., None], where: str = "", leave_out: tuple[str, ...] = (), **settings: Any
) -> None:
    """Options that choose a shrinkage law; ``--s`` is the command's own."""
    option(
        "--law",
        "NAME",
        f"{where}how students are trained: gradient-flow (default), gd, sgd, heavy-ball, "
        "nesterov, sign, adagrad, or ema (of gradient flow)",
        **settings,
    )
    texts = {
        "kappa": ("RATE", "average the weights at this rate, on top of any law"),
        "lr": ("NUMBER", "learning rate"),
        "steps": ("COUNT", "training steps per merge"),
        "batch": ("SIZE", "size of the minibatches: sgd; optional with heavy-ball, nesterov"),
        "momentum": ("NUMBER", "momentum, >= 0 and < 1: heavy-ball, nesterov"),
    }
    for name, (metavar, text) in texts.items():
        if name not in leave_out:
            option(f"--{name}", metavar, text)


def _add_shrinkage(command: Any) -> None:
    _, option = _new(
        command,
        "shrinkage",
        training.shrinkage,
        "compute how much of a student's error its training leaves",
        "examples:\n"
        "  symmerge shrinkage --law gradient-flow --v 0.7 --s 2\n"
        "  symmerge shrinkage --law ema --v 0.7 --s 2 --kappa 0.5\n"
        "  symmerge shrinkage --law sgd --v 0.7 --lr 0.2 --steps 20 --batch 8\n\n"
        "gamma is the shrinkage factor (its mean, with minibatches)",
    )
    option("--v", "NUMBER", "marginal variance at the time of training, > 0", required=True)
    option("--s", "TIME", "training time of gradient-flow and ema, >= 0")
    _add_law(option)
    option("--distance", "NUMBER", "distance from the target: sign, adagrad (default 1)")


def _add_budget(command: Any) -> None:
    _, option = _new(
        command,
        "budget",
        training.budget,
        "compare strategies under a training budget, each with its best split",
        "examples:\n"
        "  symmerge budget --lam 0.5 --T 16 --total 64\n"
        "  symmerge budget --lam 0.5 --T 16 --total 64 --convention per-merge\n"
        "  symmerge budget --lam 0.2 --T 16 --total 900 --law sgd --lr 0.1 --batch 256\n"
        "      900 steps of SGD in all",
    )
    option("--lam", "NUMBER", "variance of the data, > 0", required=True)
    option("--T", "STEPS", "steps of the sampler, 2 to 256; a schedule file may fix them")
    option("--total", "BUDGET", "total training time, cost or (with --law) steps", required=True)
    option(
        "--convention",
        "HOW",
        "total (default): times add up to the total; per-merge: every merge gets total/(T-1); "
        "compute: a merge with m parts costs rho + m per unit of time",
    )
    option("--rho", "NUMBER", "for compute: cost of the student's own part of a step (default 3)")
    _add_law(option, leave_out=("steps",))
    _add_schedule(option)


def _add_simulate(command: Any) -> None:
    _, option = _new(
        command,
        "simulate",
        training.simulate,
        "train scalar students for real and compare with the prediction",
        "examples:\n"
        "  symmerge simulate --law sgd --v 0.7 --lr 0.2 --steps 20 --batch 8\n"
        "  symmerge simulate --law sgd --plan '[1|[2|3]]' --lam 0.2 --lr 0.1 --steps 10 --batch 4\n"
        "  symmerge simulate --law adam --v 0.7 --lr 0.01 --steps 50 --batch 4",
    )
    option("--v", "NUMBER", "marginal variance, to measure the shrinkage factor of one merge")
    option("--plan", "PLAN", "or a merge plan for steps 1..T, quoted, to measure its operator")
    option("--lam", "NUMBER", "for --plan: variance of the data, > 0")
    option("--s", "TIME", "training time of gradient-flow and ema, >= 0")
    _add_law(option, "adam (only here), or ", required=True)
    option("--distance", "NUMBER", "distance from the target: sign, adagrad (default 1)")
    option("--runs", "COUNT", "independent runs (default 2000)")
    option("--seed", "NUMBER", "seed of the random numbers (default 0)")
    _add_schedule(option)


def _add_grid(command: Any) -> None:
    _, option = _new(
        command,
        "grid",
        flow.grid,
        "compute time steps that balance the stability of a mixture's flow; the answer is JSON",
        "examples:\n"
        "  symmerge grid --sigma0 1 --beta 5 --T 1 --segments 8 --diameter 40.997\n"
        "  symmerge grid --sigma0 0.2 --beta 5 --T 1 --segments 8 --diameter 2.9 --kind sup\n\n"
        "times ascend from 0 (data) to T (noise)",
    )
    option("--sigma0", "NUMBER", "width of the components, > 0")
    option("--diameter", "NUMBER", "largest distance of two component means, >= 0")
    option("--beta", "NUMBER", "rate of the process, > 0")
    option("--sigma-inf", "NUMBER", "width of the stationary law (default 1)")
    option("--mixture", "FILE", "or a mixture in JSON, which brings all four")
    option("--T", "TIME", "end of the process, > 0", required=True)
    option("--segments", "COUNT", "number of time steps", required=True)
    option(
        "--kind",
        "NAME",
        "what is split evenly: stability (default), sup (the exact supremum), one-sided (towards "
        "the data), averaged (over points; needs --mixture), or uniform (time)",
    )


def _add_mixture(command: Any) -> None:
    parser, option = _new(
        command,
        "mixture",
        flow.mixture,
        "tell how unstable the flow of a Gaussian mixture is, by every measure",
        "examples:\n"
        "  symmerge mixture --data digits --components 10\n"
        "  symmerge mixture --data patches-grey --components 5 --beta 5 --out patches.json\n"
        "  symmerge mixture line.json --mismatch 2\n\n"
        'a mixture in JSON: {"means": [[-1, 0], [1, 0]], "sigma0": "1/4"} and, if wanted,\n'
        "weights, beta, sigma_inf, label",
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="mixture in JSON")
    option(
        "--data",
        "NAME|FILE",
        "or fit one to digits, patches-grey, patches-rgb, or samples in rows of a file",
    )
    option("--components", "COUNT", "for --data: number of components")
    option("--beta", "NUMBER", "for --data: rate of the process (default 1)")
    option("--seed", "NUMBER", "for --data: seed of the fit (default 0)")
    option("--out", "FILE", "for --data: write the mixture as JSON")
    option("--T", "TIME", "end of the process (default 1)")
    option(
        "--mismatch",
        "K",
        "instead: what students of Lipschitz constant K must lose (one dimension)",
    )


def _add_network(command: Any) -> None:
    parser, option = _new(
        command,
        "network",
        network.network,
        "compile the score of a Gaussian mixture into a ReLU-ReQU network",
        "example:\n"
        "  symmerge network line.json --eps 1e-6 --out line.npz\n\n"
        "line.json is a mixture as for `symmerge mixture`; the accuracy is guaranteed in exact\n"
        "arithmetic for times from 0 to T and points up to the radius",
    )
    parser.add_argument("file", metavar="FILE", help="mixture in JSON")
    option("--eps", "NUMBER", "largest error of the score, > 0 and < 1", required=True)
    option("--T", "TIME", "last time (default 1)")
    option("--radius", "NUMBER", "largest distance of a point from 0 (default: 8 widths)")
    option("--variant", "NAME", "shallow (default) or narrow")
    option("--out", "FILE", "write the weights as a NumPy file, .npz")


def _add_experiment(command: Any) -> None:
    parser, option = _new(
        command,
        "experiment",
        experiment.experiment,
        "train students of a mixture's flow, beside the published results; needs PyTorch",
        "examples:\n"
        "  symmerge experiment 4 --size small\n"
        "  symmerge experiment 2 --size paper --out bounded\n\n"
        "1  the score at a fixed time, by width and sigma0\n"
        "2  a short flow map, weights clipped to [-B, B]\n"
        "3  the whole flow map, by transformer blocks\n"
        "4  the whole flow map in n pieces, stability-balanced against uniform time steps\n\n"
        "an experiment that was stopped goes on when the same command is given again",
    )
    parser.add_argument("number", metavar="NUMBER", help="1, 2, 3 or 4")
    option(
        "--size",
        "HOW",
        "small (default; minutes on two cores) or paper (the published setting, for a GPU)",
    )
    option("--out", "DIR", "folder for the results (default symmerge-experiment-NUMBER-SIZE)")


def _add_study(command: Any) -> None:
    _, option = _new(
        command,
        "study",
        study.study,
        "distil small real networks along merge plans and set them beside the theory",
        "examples:\n"
        "  symmerge study --size small --out study\n"
        "      minutes on one processor core\n"
        "  symmerge study --size full --out full-study\n"
        "      hours: two data sets, 8 and 16 steps, more seeds\n\n"
        "needs symmerge[train,data]; a study that was stopped goes on when the same command is\n"
        "given again; results are in DIR/study.json",
    )
    option("--size", "SIZE", "small (default) or full")
    option("--seed", "NUMBER", "seed of the random numbers (default 0)")
    option("--out", "DIR", "folder; new, empty, or begun by this study", required=True)


def _add_calibrate(command: Any) -> None:
    parser, _ = _new(
        command,
        "calibrate",
        study.calibrate,
        "fit the training time to a few measured runs and predict the other plans",
        "example:\n"
        "  symmerge calibrate PILOT.json\n\n"
        "PILOT.json: T, variances (or spectrum, a file beside it) and runs, such as\n"
        '  {"T": 8, "variances": [0.2, 0.9], "untrained": 2.4,\n'
        '   "runs": [{"plan": "vanilla", "steps": 200, "error": 0.71, "se": 0.02}]}\n'
        "error: mean square distance of student to teacher over the variance of the samples;\n"
        "untrained: the same before any training\n\n"
        "exit status 1 says that the data contradict the theory",
    )
    parser.add_argument("pilot", metavar="PILOT.json", help="measured runs")


def _add_explore(command: Any) -> None:
    parser, option = _new(
        command,
        "explore",
        explore.explore,
        "open a page to play with variance, training and schedule; needs Panel",
        "example:\n"
        "  symmerge explore\n\n"
        "the page is served to this machine only and asks no other; Ctrl-C ends it",
    )
    option("--port", "NUMBER", "port to serve at (default: any free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")


def _add_demo(command: Any) -> None:
    _, option = _new(
        command,
        "demo",
        commands.demo,
        "answer the main question on real data (handwritten digits) and write a report",
        "example:\n  symmerge demo --out report\n      then open report/index.html",
    )
    option("--out", "DIR", "folder for index.html (default symmerge-report)")


def _add_completion(command: Any) -> None:
    parser, _ = _new(
        command,
        "completion",
        completion.completion,
        "print a script that lets the shell complete commands, options and file names",
        "examples:\n"
        '  bash: eval "$(symmerge completion bash)" in ~/.bashrc\n'
        "  zsh:  symmerge completion zsh > _symmerge, in a folder of $fpath\n"
        "  tcsh: symmerge completion tcsh >> ~/.tcshrc\n\n"
        "needs shtab: pip install 'symmerge[completion]'",
    )
    parser.add_argument("shell", metavar="SHELL", help="bash, zsh or tcsh")

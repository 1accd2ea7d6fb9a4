"""Broken input files for the tests of the command line, by what they are offered as."""

import io
import json
import math
import pickle

import numpy as np

SENTINEL = "the-text-was-run"
CODE = f"__import__('pathlib').Path('{SENTINEL}').touch()"


class Bomb:
    """Runs code when unpickled."""

    def __reduce__(self):
        return (eval, (CODE,))


def npy(array, **options):
    """Bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def custom(**changes):
    """JSON of a valid schedule of four steps, changed."""
    levels = {"alpha": ["1", "3/4", "1/2", "1/4", "0"], "sigma": ["0", "1/4", "1/2", "3/4", "1"]}
    head = {"schema": "symmerge.schedule", "version": 1, "kind": "custom", "T": 4}
    return json.dumps({**head, **levels, **changes}).encode()


def cosine(steps):
    """JSON of a cosine schedule whose steps are written as given."""
    return b'{"schema": "symmerge.schedule", "version": 1, "kind": "cosine", "T": ' + steps + b"}"


def flow(shift):
    """JSON of a flow schedule of four steps with a time shift."""
    return json.dumps(
        {"schema": "symmerge.schedule", "version": 1, "kind": "flow", "T": 4, "shift": shift}
    ).encode()


GRID = np.arange(12.0).reshape(4, 3)

MIXTURE = b'{"means": [[-1], [1]], "sigma0": "1/4"}'
GOOD = {
    "mixture.json": MIXTURE,
    "mixture_negative.json": MIXTURE.replace(b"1/4", b"-1/4"),
    "good.json": custom(),
    "good.csv": b"0.5,1\n1.5,2\n2,1\n",
    "plain": b"already here",
}

SCHEDULES = {
    "empty.json": b"",
    "truncated.json": custom()[:-20],
    "words.json": b"not json",
    "binary.json": bytes(range(256)),
    "latin1.json": '{"schema": "\xe9"}'.encode("latin-1"),
    "list.json": b"[1, 2, 3]",
    "number.json": b"7",
    "nothing.json": b"null",
    "foreign.json": b'{"name": "somebody else", "steps": [1, 2, 3]}',
    "deep.json": b"[" * 100_000 + b"]" * 100_000,
    "deep_object.json": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "schema.json": custom(schema="symmerge.plan"),
    "version.json": custom(version=2),
    "kind.json": custom(kind="sigmoid"),
    "kind_list.json": custom(kind=["cosine"]),
    "extra.json": custom(colour="blue"),
    "T.json": custom(T=5),
    "T_text.json": custom(T="four"),
    "T_huge.json": cosine(b"1000000000"),
    "T_long.json": cosine(b"9" * 9999),
    "T_nan.json": cosine(b"NaN"),
    "rising.json": custom(alpha=["1", "1/2", "3/4", "1/4", "0"]),
    "falling.json": custom(sigma=["0", "1/2", "1/4", "3/4", "1"]),
    "lengths.json": custom(alpha=["1", "1/2", "0"]),
    "zero.json": custom(alpha=["1", "0", "0", "0", "0"]),
    "nan.json": custom(alpha=[1, math.nan, 0.5, 0.25, 0]),
    "infinite.json": custom(sigma=[0, 0.5, 0.75, 1, math.inf]),
    "code.json": custom(alpha=[CODE, "3/4", "1/2", "1/4", "0"]),
    "shift_tiny.json": flow("1e-330"),
    "shift_large.json": flow("1e30"),
    "shift_huge.json": flow("1e999"),
    "true.json": custom(alpha=[True, "3/4", "1/2", "1/4", "0"]),
    "no_alpha.json": custom(alpha=None),
}

# Neither samples nor variances.
TABLES = {
    "bomb.npy": npy(np.array([Bomb()], dtype=object), allow_pickle=True),
    "bomb.pkl": pickle.dumps(Bomb()),
    "junk.npy": b"\x93NUMPY\x01\x00junk" + bytes(range(200)),
    "cut.npy": npy(GRID)[:-30],
    "empty.npy": b"",
    "none.npy": npy(np.zeros((0, 3))),
    "cube.npy": npy(np.zeros((2, 3, 4))),
    "text.npy": npy(np.array([["a", "b"], ["c", "d"]])),
    "complex.npy": npy(GRID * 1j),
    "nan.npy": npy(np.array([[1.0, 2.0], [math.nan, 3.0]])),
    "infinite.npy": npy(np.array([[1.0, 2.0], [math.inf, 3.0]])),
    "empty.csv": b"",
    "blank.csv": b"\n \n\n",
    "words.csv": b"apple,pear\nplum,fig\n",
    "code.csv": f'1\n"{CODE}"\n'.encode(),
    "ragged.csv": b"1,2\n4\n6,7\n",
    "nan.csv": b"1,1\nnan,2\n2,1\n",
    "infinite.csv": b"1,1\ninf,2\n",
    "binary.csv": bytes(range(256)),
    "unknown.xyz": b"1\n2\n",
    "plain": GOOD["plain"],
}

SAMPLES = {
    "row.npy": npy(GRID[:1]),
    "line.npy": npy(GRID[0]),
    "huge.npy": npy(np.array([[1e300, 2.0], [-1e300, 3.0]])),
    "row.csv": b"1,2,3\n",
}

SPECTRA = {
    "negative.npy": npy(np.array([1.0, -2.0])),
    "negative.csv": b"1\n-0.5\n2\n",
    "many_columns.csv": b"1,2,3\n4,5,6\n",
    "count_zero.csv": b"1,0\n2,1\n",
    "count_half.csv": b"1,1.5\n2,1\n",
    "count_negative.csv": b"1,-2\n2,1\n",
    "count_huge.csv": b"1,1e300\n2,1\n",
    "negative_values.json": b"[1, -2, 3]",
    "text_values.json": b'["1", "two"]',
    "nested_values.json": b"[[1, 2, 3], [4]]",
    "no_values.json": b"[]",
    "nan_values.json": b"[1, NaN]",
}

OTHERS = {"constant.npy": npy(np.ones((4, 3)))}

FILES = GOOD | SCHEDULES | TABLES | SAMPLES | SPECTRA | OTHERS

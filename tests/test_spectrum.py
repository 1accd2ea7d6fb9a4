"""Spectra: moments against exact arithmetic, scalings, files of every kind, broken files."""

import contextlib
import io
import json
import struct
import sys
import warnings
import zipfile
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from symmerge import datasets, samples
from symmerge.errors import InputError
from symmerge.samples import moments, read_array, read_rows
from symmerge.spectrum import (
    Spectrum,
    bundled,
    read_samples,
    read_spectrum,
    spectrum_from_covariance,
    spectrum_from_samples,
)

SCALES = ("none", "unit", "pixel")


def picture_like(n=60, d=7, seed=0):
    """Correlated samples with two constant columns."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)
    data[:, 2], data[:, 5] = 0.1, 0.0
    return data


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz(**members):
    stream = io.BytesIO()
    np.savez_compressed(stream, **members)
    return stream.getvalue()


# Moments in one pass.


def exact_covariance(data):
    """Covariance in rational arithmetic."""
    rows = [[Fraction(float(x)) for x in row] for row in data]
    n, d = len(rows), len(rows[0])
    mean = [sum(row[j] for row in rows) / n for j in range(d)]
    centred = [[x - m for x, m in zip(row, mean, strict=True)] for row in rows]
    return np.array(
        [[float(sum(r[i] * r[j] for r in centred) / (n - 1)) for j in range(d)] for i in range(d)]
    )


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_covariance_in_chunks_is_the_exact_one(monkeypatch, offset, chunk):
    """With a mean of 1e8, sums of squares would keep no digit at all."""
    data = np.random.default_rng(1).integers(-99, 99, size=(40, 4)) / 64 + offset
    monkeypatch.setattr(samples, "_CHUNK_NUMBERS", chunk * data.shape[1])
    found = moments(data)
    truth = exact_covariance(data)
    assert np.abs(found.covariance - truth).max() < 1e-13 * np.abs(truth).max()
    assert found.count == 40


@given(
    arrays.arrays(
        float,
        st.tuples(st.integers(2, 12), st.integers(1, 5)),
        elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3)),
    )
)
def test_chunks_do_not_matter(data):
    whole = moments(data)
    kept = samples._CHUNK_NUMBERS
    try:
        samples._CHUNK_NUMBERS = 1
        rowwise = moments(data)
    finally:
        samples._CHUNK_NUMBERS = kept
    assert rowwise.mean == pytest.approx(whole.mean, rel=1e-12, abs=1e-10)
    assert rowwise.covariance == pytest.approx(whole.covariance, rel=1e-10, abs=1e-8)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i8", "f2", "f4", ">f8", "f8"])
def test_any_real_type_is_read(dtype):
    data = np.random.default_rng(2).integers(0, 50, size=(20, 3))
    found = spectrum_from_samples(data.astype(dtype))
    assert found.variances == pytest.approx(np.linalg.eigvalsh(np.cov(data.T)), rel=1e-12)


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(samples, "_CHUNK_NUMBERS", 10)
    told = []
    moments(np.zeros((7, 5)), lambda done, total: told.append((done, total)))
    assert told == [(2, 7), (4, 7), (6, 7), (7, 7)]


# From samples to a spectrum.


@pytest.mark.parametrize("scale", SCALES)
def test_variances_and_directions_diagonalise_the_covariance(scale):
    data = picture_like()
    found = spectrum_from_samples(data, scale)
    scaled = (data - found.mean) / found.scale
    covariance = np.cov(scaled.T)
    rebuilt = found.basis @ np.diag(found.variances) @ found.basis.T
    assert np.abs(rebuilt - covariance).max() < 1e-12 * found.variances.max()
    assert np.abs(found.basis.T @ found.basis - np.eye(7)).max() < 1e-13
    assert np.all(np.diff(found.variances) >= 0)
    assert found.total == 7
    assert np.count_nonzero(found.variances == 0) == 2


def test_eigenvalues_against_long_arithmetic():
    data = picture_like(d=6)[:, [0, 1, 3, 4]]
    mp = mpmath.MPContext()
    mp.dps = 40
    matrix = mp.matrix([[mp.mpf(x) for x in row] for row in exact_covariance(data).tolist()])
    truth = sorted(float(value) for value in mp.eigsy(matrix, eigvals_only=True))
    assert spectrum_from_samples(data).variances == pytest.approx(truth, rel=1e-12)


def test_unit_is_one_factor_and_counts_the_constant_columns():
    data = picture_like()
    plain, unit = spectrum_from_samples(data), spectrum_from_samples(data, "unit")
    assert unit.variances.mean() == pytest.approx(1, rel=1e-14)
    ratio = unit.variances[2:] / plain.variances[2:]
    assert ratio == pytest.approx(np.full(5, ratio[0]), rel=1e-12)
    assert len(set(unit.scale.tolist())) == 1


def test_pixel_standardises_all_but_the_constant_columns():
    found = spectrum_from_samples(picture_like(), "pixel")
    assert found.variances.sum() == pytest.approx(5, rel=1e-13)
    varying = np.delete(picture_like(), [2, 5], axis=1)
    truth = np.linalg.eigvalsh(np.corrcoef(varying.T))
    assert found.variances[2:] == pytest.approx(truth, rel=1e-11)


@pytest.mark.parametrize("scale", SCALES)
def test_decoding_gives_the_data_back(scale):
    data = picture_like()
    found = spectrum_from_samples(data, scale)
    coordinates = ((data - found.mean) / found.scale) @ found.basis
    assert found.decode(coordinates) == pytest.approx(data, abs=1e-12)
    halved = found.rescaled(0.25)
    assert halved.decode(coordinates / 2) == pytest.approx(data, abs=1e-12)
    assert halved.variances == pytest.approx(found.variances / 4, rel=1e-15)


@given(st.floats(1e-3, 1e3), st.integers(0, 3))
def test_scalings_do_not_see_units(factor, seed):
    data = picture_like(seed=seed)
    for scale in ("unit", "pixel"):
        before, after = (
            spectrum_from_samples(data, scale),
            spectrum_from_samples(factor * data, scale),
        )
        assert after.variances == pytest.approx(before.variances, rel=1e-9, abs=1e-12)


def test_fewer_samples_than_columns_leave_exact_zeros():
    data = np.random.default_rng(3).normal(size=(4, 9))
    found = spectrum_from_samples(data)
    assert np.count_nonzero(found.variances == 0) == 6  # 3 directions hold 4 centred samples
    assert found.notes == ("6 vanishing variances kept as 0",)


def test_covariances_that_are_none():
    flat = np.ones((3, 3))
    with pytest.raises(InputError, match="covariance must be symmetric"):
        spectrum_from_covariance(np.array([[1.0, 0.5], [0.4, 1.0]]))
    with pytest.raises(InputError, match="positive semidefinite"):
        spectrum_from_covariance(np.diag([1.0, -1e-3]))
    with pytest.raises(InputError, match="square"):
        spectrum_from_covariance(flat[:2])
    with pytest.raises(InputError, match="finite"):
        spectrum_from_covariance(flat * np.nan)
    # Rounding may leave a tiny negative eigenvalue: that is a zero.
    assert np.count_nonzero(spectrum_from_covariance(flat).variances == 0) == 2


BAD_SAMPLES = {
    "one row": (np.ones((1, 3)), "at least 2 rows"),
    "no row": (np.ones((0, 3)), "at least 2 rows"),
    "no column": (np.ones((5, 0)), "must have 1 to"),
    "a line": (np.ones(5), "must be a matrix"),
    "a cube": (np.ones((2, 2, 2)), "must be a matrix"),
    "a number": (np.float64(3), "must be a matrix"),
    "NaN": (np.array([[1.0, 2], [3, np.nan]]), "row 2, column 2"),
    "infinity": (np.array([[1.0, 2], [-np.inf, 3]]), "row 2, column 1"),
    "text": (np.array([["a", "b"], ["c", "d"]]), "must be real numbers"),
    "objects": (np.array([[1, None], [2, 3]], dtype=object), "must be real numbers"),
    "complex": (np.array([[1j, 2], [3, 4]]), "must be real numbers"),
    "dates": (np.array([["2020-01-01"], ["2021-01-01"]], dtype="M8[D]"), "must be real numbers"),
    "ragged": ([[1, 2], [3]], "rows of equal length"),
    "too wide": (np.ones((2, 20_001)), "must have 1 to 20000 columns"),
    "too large to square": (np.array([[1e200, 1], [-1e200, 2]]), "small enough to square"),
    "constant": (np.full((4, 3), 0.1), "must vary"),
}


@pytest.mark.parametrize("name", BAD_SAMPLES)
@pytest.mark.parametrize("scale", SCALES)
def test_bad_samples_end_in_one_line(name, scale):
    data, words = BAD_SAMPLES[name]
    with pytest.raises(InputError, match=words) as caught:
        spectrum_from_samples(data, scale)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", ["", "Unit", "whiten", None, 1])
def test_bad_scale(scale):
    with pytest.raises(InputError, match="scale must be one of none, unit, pixel"):
        spectrum_from_samples(picture_like(), scale)


# The spectrum itself.


def test_what_a_spectrum_says():
    found = Spectrum([1, 0.5, 1.0000001, 0], [3, 2, 4, 1], "mine")
    assert found.total == 10
    assert found.share_below_one == 0.6
    assert found.variances.dtype == float
    assert found.basis is None
    assert Spectrum([Fraction(1, 2)]).variances.tolist() == [0.5]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.3, 1.0, 1.5, 40.0]), st.integers(1, 9)),
        min_size=1,
        max_size=12,
    ).filter(lambda rows: any(lam > 0 for lam, _ in rows))
)
def test_merging_changes_no_statement(rows):
    found = Spectrum([lam for lam, _ in rows], [count for _, count in rows])
    merged = found.merged()
    assert len(set(merged.variances.tolist())) == len(merged.variances)
    assert merged.total == found.total
    assert merged.share_below_one == found.share_below_one
    assert merged.variances @ merged.multiplicities == pytest.approx(
        found.variances @ found.multiplicities
    )


def test_the_callers_arrays_are_left_alone():
    variances, counts = np.array([1.0, 2.0]), np.array([1, 2])
    found = Spectrum(variances, counts)
    variances[0], counts[0] = 9, 9
    assert found.variances.tolist() == [1, 2]
    assert found.multiplicities.tolist() == [1, 2]


BAD_SPECTRA = {
    "empty": (([],), "non-empty"),
    "a number": ((3.0,), "non-empty"),
    "a table": (([[1.0, 2.0]],), "non-empty"),
    "negative": (([1, -1e-9],), "finite and >= 0"),
    "NaN": (([1, float("nan")],), "finite and >= 0"),
    "infinite": (([1, float("inf")],), "finite and >= 0"),
    "all zero": (([0, 0],), "not all be 0"),
    "tiny": (([1e-260],), "between 1e-250 and 1e250"),
    "huge": (([1e260],), "between 1e-250 and 1e250"),
    "text": ((["1", "2"],), "variances must be real numbers"),
    "words": (("abc",), "variances must be real numbers"),
    "complex": (([1j],), "variances must be real numbers"),
    "nothing": ((None,), "variances must be"),
    "ragged": (([[1], [1, 2]],), "variances must be real numbers"),
    "truth values": (([True, False],), "variances must be real numbers"),
    "too large a fraction": (([Fraction(10**400)],), "variances must be real numbers"),
    "counts too few": (([1, 2], [1]), "must be 2, one per variance"),
    "count zero": (([1, 2], [1, 0]), "whole numbers >= 1"),
    "count negative": (([1, 2], [1, -3]), "whole numbers >= 1"),
    "count half": (([1, 2], [1, 1.5]), "whole numbers >= 1"),
    "count endless": (([1, 2], [1, float("inf")]), "whole numbers >= 1"),
    "count huge": (([1, 2], [1, 1e300]), "whole numbers >= 1"),
    "count text": (([1, 2], ["a", "b"]), "multiplicities must be real numbers"),
}


@pytest.mark.parametrize("name", BAD_SPECTRA)
def test_bad_spectra_end_in_one_line(name):
    arguments, words = BAD_SPECTRA[name]
    with pytest.raises(InputError, match=words) as caught:
        Spectrum(*arguments)
    assert "\n" not in str(caught.value)


def test_decoding_needs_a_basis_and_rescaling_a_factor():
    with pytest.raises(InputError, match="basis"):
        Spectrum([1.0]).decode(np.ones((1, 1)))
    for factor in (0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="factor must be > 0"):
            Spectrum([1.0]).rescaled(factor)


# Files of samples.


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".NPY"])
def test_every_format_gives_the_same_spectrum(tmp_path, suffix):
    data = picture_like()
    path = tmp_path / f"data{suffix}"
    if suffix == ".csv":
        np.savetxt(path, data, delimiter=",", fmt="%.17g", header="a,b,c,d,e,f,g", comments="")
    else:
        path.write_bytes(npz(x=data) if suffix == ".npz" else npy(data))
    found = read_samples(path, "unit")
    assert np.array_equal(found.variances, spectrum_from_samples(data, "unit").variances)
    assert path.name in found.label


def test_npy_files_are_mapped_and_column_order_is_kept(tmp_path):
    data = picture_like()
    for name, array in (("c.npy", data), ("f.npy", np.asfortranarray(data))):
        (tmp_path / name).write_bytes(npy(array))
        mapped = read_array(tmp_path / name)
        assert isinstance(mapped, np.memmap)
        assert np.array_equal(mapped, data)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1,2\r\n3,4", [[1, 2], [3, 4]]),
        ("\ufeffleft,right\n1,2\n", [[1, 2]]),
        ("x\n1\n\n2\n\n", [[1], [2]]),
        (" 1 , -2.5e-3\n+.5,3.\n", [[1, -0.0025], [0.5, 3]]),
        ("nano,info\n1,2\n", [[1, 2]]),
        ("how often,λ_1\n1,2\n", [[1, 2]]),
        ('"variance","count"\n1,2\n', [[1, 2]]),
    ],
)
def test_tables_of_numbers(tmp_path, text, rows):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    assert list(read_rows(tmp_path / "t.csv")) == rows


BAD_ROWS = {
    "word in a row": ("1,2\n3,x\n", r"bad\.csv, line 2 must hold numbers only \(got x\)"),
    "NaN": ("1,2\nnan,3\n", r"bad\.csv, line 2"),
    "NaN in the first line": ("nan\n1\n2\n", r"bad\.csv, line 1"),
    "infinity in the first line": ("inf,-Infinity\n1,2\n", r"bad\.csv, line 1"),
    "overflow": ("1\n1e999\n", r"line 2 must hold finite numbers"),
    "overflow in the first line": ("1e1000\n1\n", r"bad\.csv, line 1"),
    "hexadecimal": ("0x10\n1\n", r"bad\.csv, line 1"),
    "underscores": ("1_000\n1\n", r"bad\.csv, line 1"),
    "digits of another script": ("1\n\u0661\n", r"bad\.csv, line 2"),
    "quotes": ('1\n"2"\n', r"bad\.csv, line 2"),
    "comment": ("1\n# 2\n", r"bad\.csv, line 2"),
    "two headers": ("a,b\nc,d\n1,2\n", r"bad\.csv, line 2"),
    "semicolons": ("1;2\n3;4\n", r"bad\.csv, line 1"),
    "empty cell": ("1,2\n3,\n", r"bad\.csv, line 2"),
    "empty first cells": (",\n3,4\n", r"bad\.csv, line 1"),
    "too few cells": ("1,2\n3\n", r"line 2 must have 2 cells \(got 1\)"),
    "too many for the header": ("a,b\n1,2,3\n", r"line 2 must have 2 cells \(got 3\)"),
    "header alone": ("a,b\n", "file must hold numbers"),
    "a letter for a digit": ("O.1\n0.5\n5\n", r"bad\.csv, line 1 must .* \(got O\.1\)"),
    "a wrong name in a header": ("mean,t/T\n1,2\n", r"\(got t/T\); a header has names of letters"),
    "a mistyped number in a header": ("mean,O.5\n1,2\n", r"\(got O\.5\); a header has"),
    "a name beside a number": ("variance,0.5\n1,2\n", r"bad\.csv, line 1"),
    "a name beside nothing": (",variance\n0,2\n", r"bad\.csv, line 1"),
    "a dash in the first line": ("-\n1\n2\n", r"bad\.csv, line 1 must .* \(got -\)"),
    "a comment in the first line": ("# c\n1\n2\n", r"bad\.csv, line 1 must .* \(got # c\)"),
    "code in the first line": ("__import__('os')\n1\n2\n", r"bad\.csv, line 1 must"),
    "nothing": ("", "file must hold numbers"),
    "code": ("1\n__import__('os').getcwd()\n", r"bad\.csv, line 2"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
@pytest.mark.parametrize("read", [read_samples, read_spectrum])
def test_bad_tables_name_file_and_line(tmp_path, name, read):
    text, words = BAD_ROWS[name]
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    pattern = words.replace("must hold numbers only", "must .*")
    with pytest.raises(InputError, match=pattern) as caught:
        read(tmp_path / "bad.csv")
    assert "\n" not in str(caught.value)


def header(text, version=1):
    """A .npy file of 96 zero bytes under a header of any text."""
    body = text.encode("latin-1").ljust(117) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(body))
    return b"\x93NUMPY" + bytes([version, 0]) + size + body + bytes(96)


def described(shape, descr="'<f8'"):
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")


def forged_zip(shape):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", described(shape))
    return stream.getvalue()


GRID = np.arange(12.0).reshape(4, 3)
BROKEN = {
    "empty": ("x.npy", b""),
    "foreign": ("x.npy", b"PK\x03\x04" + bytes(99)),
    "pickle": ("x.npy", b"\x80\x04K\x01."),
    "cut header": ("x.npy", npy(GRID)[:40]),
    "cut data": ("x.npy", npy(GRID)[:-1]),
    "more behind": ("x.npy", npy(GRID) + npy(GRID)),
    "objects": ("x.npy", npy(np.array([[1, None]]), allow_pickle=True)),
    "no rows": ("x.npy", npy(np.zeros((0, 3)))),
    "shape of a petabyte": ("x.npy", described("(4611686018427387904, 8)")),
    "shape that overflows": ("x.npy", described("(9223372036854775807, 9223372036854775807)")),
    "shape negative": ("x.npy", described("(-1, 3)")),
    "shape of text": ("x.npy", described("('4', 3)")),
    "shape computed": ("x.npy", described("(2+2, 3)")),
    "shape a call": ("x.npy", described("(exit(), 3)")),
    "records": ("x.npy", described("(4,)", "[('a', '<f8'), ('b', '<f8'), ('c', '<f8')]")),
    "header open": ("x.npy", header("(((((")),
    "header open, version 3": ("x.npy", header("(((((", 3)),
    "header indented": ("x.npy", header("  1\n 2")),
    "header nested": ("x.npy", header("[" * 5000)),
    "header binary": ("x.npy", header("\x00\x01\xff")),
    "zip cut": ("x.npz", npz(x=GRID)[:-30]),
    "zip of two": ("x.npz", npz(x=GRID, y=GRID)),
    "zip of none": ("x.npz", npz()),
    "zip of a giant": ("x.npz", forged_zip("(1000000000000, 3)")),
    "zip is none": ("x.npz", b"no zip at all"),
    "unknown suffix": ("x.mat", b"1,2\n3,4\n"),
    "no suffix": ("x", b"1,2\n3,4\n"),
    "binary table": ("x.csv", bytes(range(256))),
    "UTF-16 table": ("x.csv", "1,2\n3,4\n".encode("utf-16")),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("read", [read_samples, read_spectrum])
def test_broken_files_end_in_one_line(tmp_path, name, read):
    file, content = BROKEN[name]
    (tmp_path / file).write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as caught:
            read(tmp_path / file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["cut", "flipped"])
def test_damaged_bytes_never_crash(tmp_path, name):
    """Any cut and any flipped bit: a spectrum or an InputError."""
    path = tmp_path / "x.npz"
    for suffix, good in ((".npy", npy(GRID)), (".npz", npz(x=GRID))):
        path = tmp_path / f"x{suffix}"
        for k in range(0, len(good), 3):
            damaged = good[:k] if name == "cut" else good[:k] + bytes([good[k] ^ 4]) + good[k + 1 :]
            path.write_bytes(damaged)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with contextlib.suppress(InputError):
                    read_samples(path)


@pytest.mark.parametrize("read", [read_samples, read_spectrum])
@pytest.mark.parametrize("name", ["absent.npy", "absent.csv", ".", "with\0null.csv"])
def test_files_that_are_none(tmp_path, read, name):
    with pytest.raises(InputError, match="file must"):
        read(f"{tmp_path}/{name}")


def test_what_would_not_fit_is_not_loaded(tmp_path, monkeypatch):
    (tmp_path / "x.npz").write_bytes(npz(x=np.zeros((1000, 3))))
    (tmp_path / "x.csv").write_text("1,2\n" * 2000)
    (tmp_path / "x.npy").write_bytes(npy(picture_like(1000)))
    monkeypatch.setattr(samples, "_MOST_BYTES", 6000)
    for name in ("x.npz", "x.csv"):
        with pytest.raises(InputError, match="at most 4 GiB"):
            read_samples(tmp_path / name)
    assert read_samples(tmp_path / "x.npy").total == 7  # mapped, so of any size


# Files of variances.


def test_variances_from_every_format(tmp_path):
    truth = Spectrum([0.5, 1 / 3, 4.0], [2, 1, 7])
    table = np.column_stack([truth.variances, truth.multiplicities])
    files = {
        "a.csv": b"lam,count\n0.5,2\n1/3,1\n4,7\n",
        "b.csv": b"1/2,2\n1/3,1\n4,7\n",
        "c.npy": npy(table),
        "d.npz": npz(table=table),
        "e.json": json.dumps(truth.to_dict()).encode(),
        "f.json": b'{"variances": ["1/2", "1/3", 4], "multiplicities": [2, 1, 7]}',
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        found = read_spectrum(tmp_path / name)
        assert np.array_equal(found.variances, truth.variances), name
        assert np.array_equal(found.multiplicities, truth.multiplicities), name
        assert found.label == ("spectrum" if name == "e.json" else name)


def test_one_column_means_once_each(tmp_path):
    for name, content in {
        "a.csv": b"0.5\n2\n",
        "b.npy": npy(np.array([0.5, 2.0])),
        "c.npy": npy(np.array([[0.5], [2.0]])),
        "d.json": b"[0.5, 2]",
    }.items():
        (tmp_path / name).write_bytes(content)
        found = read_spectrum(tmp_path / name)
        assert found.variances.tolist() == [0.5, 2]
        assert found.multiplicities.tolist() == [1, 1]


@given(
    st.lists(st.floats(1e-200, 1e200), min_size=1, max_size=6),
    st.integers(1, 2**40),
)
def test_json_round_trips_to_the_last_bit(tmp_path_factory, variances, count):
    found = Spectrum(variances, [count] * len(variances), "kept")
    path = tmp_path_factory.mktemp("json") / "s.json"
    path.write_text(json.dumps(found.to_dict()))
    again = read_spectrum(path)
    assert again.to_dict() == found.to_dict()


BAD_VARIANCES = {
    "negative": ("x.csv", b"1\n-0.5\n", ">= 0"),
    "all zero": ("x.csv", b"0\n0\n", "not all be 0"),
    "count zero": ("x.csv", b"1,0\n", "whole numbers >= 1"),
    "count half": ("x.csv", b"1,1/2\n", "whole numbers >= 1"),
    "three columns": ("x.csv", b"1,2,3\n", "one or two columns"),
    "division by zero": ("x.csv", b"1\n1/0\n", "line 2 must not divide by zero"),
    "cube": ("x.npy", npy(np.ones((2, 2, 2))), "one or two columns"),
    "three columns of numbers": ("x.npy", npy(GRID), "one or two columns"),
    "complex": ("x.npy", npy(GRID[:, 0] * 1j), "real numbers"),
    "words": ("x.npy", npy(np.array(["a", "b"])), "real numbers"),
    "not finite": ("x.npy", npy(np.array([1.0, np.nan])), "finite"),
    "JSON number": ("x.json", b"3", "must hold a list"),
    "JSON text": ("x.json", b'"abc"', "must hold a list"),
    "JSON empty": ("x.json", b"", "must be JSON"),
    "JSON empty list": ("x.json", b"[]", "non-empty"),
    "JSON nested": ("x.json", b"[[1, 2], [3]]", "must be a number"),
    "JSON word": ("x.json", b'["one"]', "must be a number"),
    "JSON NaN": ("x.json", b"[1, NaN]", "must be finite"),
    "JSON huge": ("x.json", b"[1e300]", "between 1e-250 and 1e250"),
    "JSON beyond float64": ("x.json", b"[1e999]", "must be"),
    "JSON endless number": ("x.json", b"[1e999999999]", "must"),
    "JSON no variances": ("x.json", b'{"schema": "symmerge.spectrum"}', "must hold a list"),
    "JSON of a plan": (
        "x.json",
        b'{"schema": "symmerge.plan", "variances": [1]}',
        "schema must be",
    ),
    "JSON version": ("x.json", b'{"version": 2, "variances": [1]}', "version must be 1"),
    "JSON unknown key": ("x.json", b'{"variances": [1], "colour": 1}', "only .got colour"),
    "JSON count": ("x.json", b'{"variances": [1], "multiplicities": [0]}', "whole numbers >= 1"),
    "JSON counts": ("x.json", b'{"variances": [1], "multiplicities": [1, 2]}', "one per variance"),
    "JSON twice": ("x.json", b'{"variances": [1], "variances": [2]}', "must occur once"),
}


@pytest.mark.parametrize("name", BAD_VARIANCES)
def test_bad_variances_end_in_one_line(tmp_path, name):
    file, content, words = BAD_VARIANCES[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_spectrum(tmp_path / file)
    assert "\n" not in str(caught.value)


# Bundled data.


@pytest.mark.parametrize(
    ("scale", "mean", "below", "below_varying"),
    [("none", 0.0733733, 64, 61), ("unit", 1.0, 50, 47), ("pixel", 61 / 64, 47, 44)],
)
def test_digits(scale, mean, below, below_varying):
    """All 64 pixels count, the three that never change included; they are below one, too."""
    pytest.importorskip("sklearn")
    found = bundled("digits", scale)
    assert found.total == 64
    assert np.count_nonzero(found.variances == 0) == 3
    assert found.variances.mean() == pytest.approx(mean, rel=1e-6)
    assert found.share_below_one == below / 64
    varying = found.variances[found.variances > 0]
    assert np.count_nonzero(varying <= 1) == below_varying
    assert varying.min() > 1e-6
    pictures = found.decode(np.zeros((1, 64)))
    assert 0 <= pictures.min() <= pictures.max() <= 1


def test_bundled_names():
    with pytest.raises(InputError, match="data must be one of digits"):
        bundled("mnist")


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    for name in [*sys.modules]:
        if name.split(".")[0] == "sklearn":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(InputError, match=r"pip install 'symmerge\[data\]'"):
        datasets.load("digits")

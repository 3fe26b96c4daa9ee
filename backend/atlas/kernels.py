"""The compiled loops over the pieces of ARCHS4 files and of the index. Plain arrays in, plain arrays out.

Each releases Python's lock, so threads run side by side, and returns 0 or a code: READ (the file is shorter than
the index says) or INFLATE (a piece is damaged). They are checked against numpy and h5py in the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from backend.atlas.codes import _ROOT, _TO_LOG2, PER_MILLION, STEPS, TERMS

READ, INFLATE = 1, 2
TABLE = 1024  # counts below this are looked up
TILE = 64  # samples turned from sample-major to gene-major at once
_STEPS, _MILLION, _HIGH, _SCALE = STEPS, PER_MILLION, _ROOT, _TO_LOG2
_TERMS = np.array(TERMS)
_CPM_FROM = np.exp2((np.arange(1, 256) - 0.5) / STEPS) - 1.0


def _foreign(result: Any, *parameters: Any) -> Any:
    """An intrinsic that calls the C function at an address given at run time, so that the code can be cached."""
    wide = {types.int32: ir.IntType(32), types.int64: ir.IntType(64), types.uint64: ir.IntType(64)}

    def typed(_context: Any, address: Any, arguments: Any) -> Any:  # noqa: ARG001  # numba checks the names
        def generate(_: Any, builder: Any, _signature: Any, values: Any) -> Any:
            function = ir.FunctionType(wide[result], [wide[one] for one in parameters])
            pointer = builder.inttoptr(values[0], function.as_pointer())
            return builder.call(pointer, [builder.extract_value(values[1], i) for i in range(len(parameters))])

        return result(types.uint64, types.Tuple(parameters)), generate  # type: ignore[no-untyped-call]

    return intrinsic(typed)


_pread = _foreign(types.int64, types.int32, types.uint64, types.uint64, types.int64)
_inflate = _foreign(types.int32, *[types.uint64] * 6)
_deflate = _foreign(types.uint64, *[types.uint64] * 5)


@njit(nogil=True, cache=True)
def _piece(pread, inflate, decompressor, fd, offset, size, packed, out, out_bytes):  # type: ignore[no-untyped-def]
    """One piece of a file, read and inflated into `out`: 0, READ or INFLATE."""
    got = _pread(pread, (np.int32(fd), np.uint64(packed.ctypes.data), np.uint64(size), np.int64(offset)))
    if got != size:
        return READ
    state = _inflate(
        inflate,
        (
            np.uint64(decompressor),
            np.uint64(packed.ctypes.data),
            np.uint64(size),
            np.uint64(out.ctypes.data),
            np.uint64(out_bytes),
            np.uint64(0),  # no pointer for the length: anything but exactly out_bytes is an error
        ),
    )
    return 0 if state == 0 else INFLATE


@njit(nogil=True, cache=True)
def _log2(x, box):  # type: ignore[no-untyped-def]
    """codes.log2 of one number; box: scratch float64 (1,)."""
    box[0] = x
    bits = box.view(np.int64)[0]
    exponent = (bits >> 52) - 1023
    box.view(np.int64)[0] = (bits & 0xFFFFFFFFFFFFF) | (1023 << 52)
    mantissa = box[0]
    if mantissa > _HIGH:
        mantissa *= 0.5
        exponent += 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    total = _TERMS[0]
    for i in range(1, len(_TERMS)):
        total = total * square + _TERMS[i]
    return exponent + total * s * _SCALE


@njit(nogil=True, cache=True)
def _tables(size, least, code_of, value_of, box):  # type: ignore[no-untyped-def]
    """Smallest count of each code; code and value of each count below TABLE, for a library of `size` reads."""
    for k in range(255):
        least[k] = max(1, np.int64(np.ceil(_CPM_FROM[k] * (size / _MILLION))))
    code = 0
    for count in range(TABLE):
        while code < 255 and least[code] <= count:
            code += 1
        code_of[count] = code
        value_of[count] = np.float32(_log2(1.0 + count * (_MILLION / size), box))


@njit(nogil=True, cache=True)
def fill(  # type: ignore[no-untyped-def]
    pread, inflate, decompressor, fd, offsets, sizes, piece_genes, groups, codes, libraries, total, square, detected
):
    """Samples of a block to codes, library sizes and sums.

    offsets, sizes: (samples, pieces of a sample). groups: (samples,). codes: out, (genes, samples) u8.
    total, square: added to, (groups, genes) f32, of log2(1+CPM); detected: (groups, genes) u32, of counts above 0.
    A sample without reads has library size 0, codes 0 and is in no group. Returns 0, READ or INFLATE.
    """
    n_genes, n_samples = codes.shape
    counts = np.empty(offsets.shape[1] * piece_genes, np.uint32)
    packed = np.empty(sizes.max(), np.uint8)
    tile = np.zeros((TILE, n_genes), np.uint8)
    least, code_of = np.empty(255, np.int64), np.empty(TABLE, np.uint8)
    value_of, box = np.empty(TABLE, np.float32), np.empty(1, np.float64)
    for first in range(0, n_samples, TILE):
        last = min(first + TILE, n_samples)
        for sample in range(first, last):
            for piece in range(offsets.shape[1]):
                out = counts[piece * piece_genes : (piece + 1) * piece_genes]
                state = _piece(
                    pread, inflate, decompressor, fd, offsets[sample, piece], sizes[sample, piece], packed, out,
                    piece_genes * 4,
                )  # fmt: skip
                if state:
                    return state
            library = np.int64(0)
            for gene in range(n_genes):
                library += counts[gene]
            libraries[sample] = library
            row = tile[sample - first]
            if library == 0:
                row[:] = 0
                continue
            _tables(library, least, code_of, value_of, box)
            _encode(counts, row, library, least, code_of, value_of, box, groups[sample], total, square, detected)
        _turn(tile, codes, first, last)
    return 0


@njit(nogil=True, cache=True)
def _encode(counts, row, library, least, code_of, value_of, box, group, total, square, detected):  # type: ignore[no-untyped-def]
    """One sample's codes, and its values added to the sums of its group.

    No branch on count 0: more than half of all counts are, in no order, and guessing wrong costs more than adding 0.
    """
    total, square, detected = total[group], square[group], detected[group]
    for gene in range(len(row)):
        count = counts[gene]
        if count < TABLE:
            code, value = code_of[count], value_of[count]
        else:
            code = np.uint8(np.searchsorted(least, np.int64(count), side="right"))
            value = np.float32(_log2(1.0 + count * (_MILLION / library), box))
        row[gene] = code
        total[gene] += value
        square[gene] += value * value
        detected[gene] += np.uint32(count != 0)


@njit(nogil=True, cache=True)
def _turn(tile, codes, first, last):  # type: ignore[no-untyped-def]
    """Samples of a tile into the columns first..last of codes, in squares that stay in the cache."""
    n_genes = codes.shape[0]
    for start in range(0, n_genes, TILE):
        for gene in range(start, min(start + TILE, n_genes)):
            for sample in range(first, last):
                codes[gene, sample] = tile[sample - first, gene]


@njit(nogil=True, cache=True)
def gather(pread, inflate, decompressor, fd, offsets, sizes, piece_genes, genes, counts):  # type: ignore[no-untyped-def]
    """Exact counts of some genes of one piece in chosen samples.

    offsets, sizes: (samples,) of that piece. genes: places in the piece. counts: out, (genes, samples) u32.
    """
    packed = np.empty(max(1, sizes.max()), np.uint8)
    piece = np.empty(piece_genes, np.uint32)
    for sample in range(len(offsets)):
        state = _piece(pread, inflate, decompressor, fd, offsets[sample], sizes[sample], packed, piece, piece_genes * 4)
        if state:
            return state
        for i in range(len(genes)):
            counts[i, sample] = piece[genes[i]]
    return 0


@njit(nogil=True, cache=True)
def pack(deflate, compressor, codes, packed, sizes):  # type: ignore[no-untyped-def]
    """Each row of codes (genes, samples) compressed into the row of `packed`; sizes: out, (genes,). 0 or INFLATE."""
    for gene in range(codes.shape[0]):
        row, out = codes[gene], packed[gene]
        sizes[gene] = _deflate(
            deflate,
            (
                np.uint64(compressor),
                np.uint64(row.ctypes.data),
                np.uint64(codes.shape[1]),
                np.uint64(out.ctypes.data),
                np.uint64(packed.shape[1]),
            ),
        )
        if sizes[gene] == 0:
            return INFLATE
    return 0


@njit(nogil=True, cache=True)
def unpack(pread, inflate, decompressor, fd, offsets, sizes, out):  # type: ignore[no-untyped-def]
    """Rows of a block of the store: offsets, sizes (rows,); out (rows, width) u8, of which a part may be asked."""
    packed = np.empty(max(1, sizes.max()), np.uint8)
    for row in range(len(offsets)):
        line = out[row]
        state = _piece(pread, inflate, decompressor, fd, offsets[row], sizes[row], packed, line, len(line))
        if state:
            return state
    return 0


@njit(nogil=True, cache=True)
def quantiles(rows, groups, tissues, shares, out):  # type: ignore[no-untyped-def]
    """Quantiles of codes (genes, samples) by group: out (genes, 3 pools, tissues + all, shares), code * 256.

    groups: (samples,) twice the tissue plus one for single cells, -1 for none. Pools: bulk, single-cell, both.
    """
    flat = np.empty(3 * (tissues + 1) * 256, np.int32)
    hist = flat.reshape(3, tissues + 1, 256)
    place = np.empty(len(groups), np.int64)  # where the codes of each sample's group begin
    for sample in range(len(groups)):
        group = groups[sample]
        place[sample] = ((group & 1) * (tissues + 1) + (group >> 1)) * 256 if group >= 0 else -1
    for gene in range(rows.shape[0]):
        row = rows[gene]
        width = 1  # most genes never reach the high codes
        for sample in range(len(row)):
            width = max(width, int(row[sample]) + 1)
        if width == 1:
            out[gene] = 0
            continue
        hist[:, :, :width] = 0
        for sample in range(len(row)):
            if place[sample] >= 0:
                flat[place[sample] + row[sample]] += 1
        _add_up(hist, tissues, width)
        for pool in range(3):
            for tissue in range(tissues + 1):
                _of_histogram(hist[pool, tissue, :width], shares, out[gene, pool, tissue])


@njit(nogil=True, cache=True)
def _add_up(hist, tissues, width):  # type: ignore[no-untyped-def]
    """Both pools together, and all tissues together, into the places kept for them."""
    for tissue in range(tissues):
        for code in range(width):
            bulk, single = hist[0, tissue, code], hist[1, tissue, code]
            hist[2, tissue, code] = bulk + single
            hist[0, tissues, code] += bulk
            hist[1, tissues, code] += single
            hist[2, tissues, code] += bulk + single


@njit(nogil=True, cache=True)
def _of_histogram(hist, shares, out):  # type: ignore[no-untyped-def]
    """Linearly interpolated quantiles of a histogram over codes; zeros when it is empty."""
    count = hist.sum()
    if count == 0:
        out[:] = 0
        return
    code, below = 0, hist[0]  # `below`: how many are at most `code`
    for i in range(len(shares)):
        at = shares[i] * (count - 1)
        lower = np.int64(np.floor(at))
        while below <= lower:
            code += 1
            below += hist[code]
        value = np.float64(code)
        if at > lower:
            upper, reached = code, below
            while reached <= lower + 1:
                upper += 1
                reached += hist[upper]
            value += (at - lower) * (upper - code)
        out[i] = np.uint16(np.round(value * 256))

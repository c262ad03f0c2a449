#!/usr/bin/env python3
"""Generate the pictures in this folder with encoders that the crate itself does not use.

    pip install pillow 'pyvips[binary]' && python3 make.py

Every picture is 96 x 64 pixels with four quarters of one colour each. `index.txt` lists for each
file its displayed size and the colours at the centres of the quarters: top left, top right, bottom
left, bottom right. Rotating or mirroring a picture permutes the quarters, which makes orientation
testable.
"""
import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pyvips
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 96, 64
QUARTERS = [(200, 40, 50), (40, 160, 60), (50, 60, 190), (230, 220, 90)]
GREYS = [(30,) * 3, (110,) * 3, (170,) * 3, (250,) * 3]
BACKGROUND = (240, 240, 240)
index = []


def drawn(mode, colours):
    image = Image.new(mode, (WIDTH, HEIGHT))
    for at, colour in enumerate(colours):
        left, top = at % 2 * WIDTH // 2, at // 2 * HEIGHT // 2
        image.paste(colour, (left, top, left + WIDTH // 2, top + HEIGHT // 2))
    return image


def listed(name, data, quarters, size=(WIDTH, HEIGHT)):
    (HERE / name).write_bytes(data)
    colours = " ".join(",".join(str(sample) for sample in colour) for colour in quarters)
    index.append(f"{name} {size[0]} {size[1]} {colours}\n")


def saved(image, kind, **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def segments(jpeg):
    """Split a JPEG into its header segments, (marker, body), and the rest from the first scan on."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + length]))
        at += 2 + length
    return found, jpeg[at:]


def joined(found, rest, between=b""):
    out = b"\xff\xd8"
    for marker, body in found:
        out += bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + between
    return out + rest


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, rows, extra=b""):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


rgb = drawn("RGB", QUARTERS)
grey = drawn("L", [colour[0] for colour in GREYS])

# JPEG: chroma subsampling, scans, colour spaces.
for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
    listed(f"baseline_{name}.jpg", saved(rgb, "JPEG", quality=95, subsampling=subsampling), QUARTERS)
    listed(
        f"progressive_{name}.jpg",
        saved(rgb, "JPEG", quality=95, subsampling=subsampling, progressive=True),
        QUARTERS,
    )
listed("grey.jpg", saved(grey, "JPEG", quality=95), GREYS)
listed("grey_progressive.jpg", saved(grey, "JPEG", quality=95, progressive=True), GREYS)
listed("restart.jpg", saved(rgb, "JPEG", quality=95, restart_marker_rows=1), QUARTERS)
listed("rgb_named.jpg", saved(rgb, "JPEG", quality=95, keep_rgb=True, subsampling=0), QUARTERS)

found, rest = segments(saved(rgb, "JPEG", quality=95, keep_rgb=True, subsampling=0))
numbered = []
for marker, body in found:
    if marker == 0xC0:
        body = bytearray(body)
        for at in range(3):
            body[6 + 3 * at] = at + 1
    numbered.append((marker, bytes(body)))
scan = bytearray(rest)
for at in range(3):
    scan[5 + 2 * at] = at + 1
assert any(marker == 0xEE for marker, _ in numbered)
listed("rgb_adobe.jpg", joined(numbered, bytes(scan)), QUARTERS)

# Ink amounts that give the colours of the quarters without black; the last quarter is only black.
ink = [tuple(255 - sample for sample in colour) + (0,) for colour in QUARTERS[:3]] + [(0, 0, 0, 128)]
inked = QUARTERS[:3] + [(127, 127, 127)]
cmyk = drawn("CMYK", ink)
adobe = saved(cmyk, "JPEG", quality=95, subsampling=0)
found, rest = segments(adobe)
assert any(marker == 0xEE for marker, _ in found)
listed("cmyk_adobe.jpg", adobe, inked)
# Without Adobe's marker the samples are plain ink amounts: save the inverse and drop the marker.
inverse = drawn("CMYK", [tuple(255 - sample for sample in colour) for colour in ink])
found, rest = segments(saved(inverse, "JPEG", quality=95, subsampling=0))
listed("cmyk_plain.jpg", joined([s for s in found if s[0] != 0xEE], rest), inked)
# YCCK: three planes of YCbCr (of inverted ink) and one of inverted black.
ycc = rgb.copy()
ycc.paste((255, 255, 255), (WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
ycc = Image.eval(ycc, lambda sample: 255 - sample).convert("YCbCr")
black = drawn("L", [255, 255, 255, 127])
stored = Image.merge("CMYK", [*(Image.eval(p, lambda s: 255 - s) for p in ycc.split()),
                              Image.eval(black, lambda s: 255 - s)])
found, rest = segments(saved(stored, "JPEG", quality=95, subsampling=0))
found = [(m, body[:-1] + b"\x02" if m == 0xEE else body) for m, body in found]
listed("ycck.jpg", joined(found, rest), inked)

# Defects that other decoders tolerate.
found, rest = segments(saved(rgb, "JPEG", quality=95))
listed("stray_bytes.jpg", joined(found, rest, b"\x00\x11\x22\x33\x44\x55\x66\x77"), QUARTERS)
listed("broken_icc.jpg", joined([(0xE2, b"ICC_PROFILE\0"), (0xE1, b"Exif\0\0"), *found], rest), QUARTERS)
listed("bytes_after_end.jpg", joined(found, rest) + b"\0" * 40, QUARTERS)

# Orientation.
TURNED = {
    1: [0, 1, 2, 3], 2: [1, 0, 3, 2], 3: [3, 2, 1, 0], 4: [2, 3, 0, 1],
    5: [0, 2, 1, 3], 6: [2, 0, 3, 1], 7: [3, 1, 2, 0], 8: [1, 3, 0, 2],
}
for value, order in TURNED.items():
    exif = Image.Exif()
    exif[0x112] = value
    turned = [QUARTERS[at] for at in order]
    size = (WIDTH, HEIGHT) if value < 5 else (HEIGHT, WIDTH)
    listed(f"orientation_{value}.jpg", saved(rgb, "JPEG", quality=95, exif=exif), turned, size)
    if value == 6:
        listed("orientation_6.png", saved(rgb, "PNG", exif=exif), turned, size)
        listed("orientation_6.webp", saved(rgb, "WEBP", quality=95, exif=exif), turned, size)
        listed("orientation_6_interlaced.png",
               pyvips.Image.new_from_buffer(saved(rgb, "PNG", exif=exif), "")
               .pngsave_buffer(interlace=True), turned, size)

# PNG: every colour type, bit depths, transparency.
def flat(colour, alpha):
    return tuple(round((s * alpha + b * (255 - alpha)) / 255) for s, b in zip(colour, BACKGROUND))


ALPHAS = [255, 0, 128, 64]
rgba = drawn("RGBA", [c + (a,) for c, a in zip(QUARTERS, ALPHAS)])
flattened = [flat(c, a) for c, a in zip(QUARTERS, ALPHAS)]
grey_alpha = drawn("LA", [(c[0], a) for c, a in zip(GREYS, ALPHAS)])
flattened_grey = [flat(c, a) for c, a in zip(GREYS, ALPHAS)]
palette = rgb.quantize(4)
listed("rgb.png", saved(rgb, "PNG"), QUARTERS)
listed("rgba.png", saved(rgba, "PNG"), flattened)
listed("grey.png", saved(grey, "PNG"), GREYS)
listed("grey_alpha.png", saved(grey_alpha, "PNG"), flattened_grey)
listed("palette.png", saved(palette, "PNG"), QUARTERS)
key = palette.getpixel((WIDTH - 4, 4))
listed("palette_transparent.png", saved(palette, "PNG", transparency=key),
       [QUARTERS[0], BACKGROUND, *QUARTERS[2:]])
listed("rgb_transparent.png", saved(rgb, "PNG", transparency=QUARTERS[1]),
       [QUARTERS[0], BACKGROUND, *QUARTERS[2:]])
listed("grey_transparent.png", saved(grey, "PNG", transparency=GREYS[1][0]),
       [GREYS[0], BACKGROUND, *GREYS[2:]])


def deep(image, channels):
    data = image.tobytes()
    line = WIDTH * channels
    return [b"".join(bytes([s, 255 - s]) for s in data[y * line:(y + 1) * line]) for y in range(HEIGHT)]


listed("rgb_16.png", png(16, 2, deep(rgb, 3)), QUARTERS)
listed("rgba_16.png", png(16, 6, [
    b"".join(bytes([s, s]) for s in rgba.tobytes()[y * WIDTH * 4:(y + 1) * WIDTH * 4])
    for y in range(HEIGHT)]), flattened)
listed("grey_16.png", png(16, 0, deep(grey, 1)), GREYS)
key = b"".join(bytes([0, 0]) if False else bytes([s, 255 - s]) for s in QUARTERS[1])
listed("rgb_16_transparent.png", png(16, 2, deep(rgb, 3), chunk(b"tRNS", key)),
       [QUARTERS[0], BACKGROUND, *QUARTERS[2:]])
for depth in (1, 2, 4):
    top = (1 << depth) - 1
    levels = [0, top, top // 2 + (depth == 1), top]
    rows = []
    for y in range(HEIGHT):
        pair = levels[:2] if y < HEIGHT // 2 else levels[2:]
        samples = [pair[0]] * (WIDTH // 2) + [pair[1]] * (WIDTH // 2)
        per_byte = 8 // depth
        rows.append(bytes(
            sum(samples[x + i] << (8 - depth * (i + 1)) for i in range(per_byte))
            for x in range(0, WIDTH, per_byte)))
    expected = [(level * 255 // top,) * 3 for level in levels]
    listed(f"grey_{depth}.png", png(depth, 0, rows), expected)
    listed(f"grey_{depth}_transparent.png",
           png(depth, 0, rows, chunk(b"tRNS", struct.pack(">H", levels[0]))),
           [BACKGROUND if level == levels[0] else colour for level, colour in zip(levels, expected)])
for name, image, quarters in [
    ("rgb", rgb, QUARTERS), ("rgba", rgba, flattened), ("grey", grey, GREYS),
    ("palette", palette, QUARTERS),
]:
    data = pyvips.Image.new_from_buffer(saved(image, "PNG"), "").pngsave_buffer(
        interlace=True, palette=name == "palette")
    assert data[28] == 1
    listed(f"{name}_interlaced.png", data, quarters)
other = drawn("RGB", QUARTERS[::-1])
listed("animated.png", saved(rgb, "PNG", save_all=True, append_images=[other]), QUARTERS)
listed("animated_extra.png",
       saved(rgb, "PNG", save_all=True, append_images=[other], default_image=True), QUARTERS)

# WebP.
listed("lossy.webp", saved(rgb, "WEBP", quality=95), QUARTERS)
listed("lossless.webp", saved(rgb, "WEBP", lossless=True), QUARTERS)
listed("lossy_alpha.webp", saved(rgba, "WEBP", quality=95, exact=True), flattened)
listed("lossless_alpha.webp", saved(rgba, "WEBP", lossless=True), flattened)
listed("animated_lossy.webp",
       saved(rgb, "WEBP", quality=95, save_all=True, append_images=[other], duration=100), QUARTERS)
listed("animated_lossless.webp",
       saved(rgb, "WEBP", lossless=True, save_all=True, append_images=[other], duration=100), QUARTERS)
listed("animated_alpha.webp",
       saved(rgba, "WEBP", lossless=True, save_all=True, append_images=[other], duration=100), flattened)

(HERE / "index.txt").write_text("".join(index))
print(len(index), "pictures", sum(f.stat().st_size for f in HERE.iterdir()), "bytes", file=sys.stderr)

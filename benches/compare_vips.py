#!/usr/bin/env python3
"""The same sheets with libvips, without numbers: FOLDER... -o OUTDIR. One thread."""
import os
import sys
from pathlib import Path

os.environ["VIPS_CONCURRENCY"] = "1"
import pyvips  # noqa: E402  (the setting is read when it is loaded)

CELL, COLUMNS = 200, 5
BACKGROUND = [240, 240, 240]


def cell(file):
    image = pyvips.Image.thumbnail(str(file), CELL, height=CELL, size="down")
    if image.hasalpha():
        image = image.flatten(background=BACKGROUND)
    return image.gravity("centre", CELL, CELL, extend="background", background=BACKGROUND)


out = Path(sys.argv[-1])
out.mkdir(parents=True, exist_ok=True)
for folder in map(Path, sys.argv[1:-2]):
    cells = [cell(file) for file in sorted(folder.iterdir())]
    canvas = pyvips.Image.arrayjoin(cells, across=COLUMNS, background=BACKGROUND)
    canvas.jpegsave(str(out / f"{folder.name}.jpg"), Q=90)

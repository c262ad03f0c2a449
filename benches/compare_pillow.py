#!/usr/bin/env python3
"""The sheets as the replaced script made them, without numbers, with Pillow: FOLDER... -o OUTDIR."""
import sys
from pathlib import Path

from PIL import Image

CELL, COLUMNS = 200, 5


def sheet(files):
    images = [Image.open(file).convert("RGB") for file in files]
    rows = -(-len(images) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * CELL, rows * CELL), (240, 240, 240))
    for at, image in enumerate(images):
        image.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
        left, top = at % COLUMNS * CELL, at // COLUMNS * CELL
        canvas.paste(image, (left + (CELL - image.width) // 2, top + (CELL - image.height) // 2))
    return canvas


out = Path(sys.argv[-1])
out.mkdir(parents=True, exist_ok=True)
for folder in map(Path, sys.argv[1:-2]):
    sheet(sorted(folder.iterdir())).save(out / f"{folder.name}.jpg", "JPEG", quality=90)

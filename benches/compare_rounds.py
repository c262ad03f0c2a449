#!/usr/bin/env python3
"""Runs the programs of compare.sh in turn and prints what they took.

CORPUS OUTDIR ROUNDS OURS [NAME=COMMAND]...: every program is called with FOLDER... -o OUTDIR.
"""
import os
import shlex
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def versions():
    """Prints the versions; in a child, because loading the libraries here would raise the floor."""
    sys.stdout.flush()
    if (child := os.fork()) != 0:
        os.waitpid(child, 0)
        return
    import PIL
    import pyvips
    from PIL import features

    # What Pillow was built for and what it is given at run time are not always the same, and the
    # older zlib takes about twice as long to inflate as zlib-ng.
    zlib = str(features.version("zlib"))
    if features.check_feature("zlib_ng"):
        zlib += f", built for zlib-ng {features.version_feature('zlib_ng')}"
    vips = ".".join(str(pyvips.version(part)) for part in range(3))
    jpeg = features.version_feature("libjpeg_turbo") if features.check_feature("libjpeg_turbo") \
        else features.version("jpg")
    print(f"Pillow {PIL.__version__} (zlib {zlib}; libjpeg-turbo {jpeg}); libvips {vips}")
    sys.stdout.flush()
    os._exit(0)


def run(command):
    """CPU seconds, wall seconds and peak memory in MiB of one process."""
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"failed: {shlex.join(command[:2])}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def spread(values):
    return f"{statistics.median(values):7.1f} ({min(values):.1f}-{max(values):.1f})"


def compare(name, folders, out, rounds, programs):
    taken = {program: [] for program in programs}
    order = list(programs)
    for at in range(rounds):
        for program in order[at % len(order):] + order[:at % len(order)]:
            command = programs[program]
            if program.startswith("ours"):
                command = [*command, *folders, "-o", out, "--jobs", "1"]
            else:
                command = [*command, *folders, "-o", out]
            taken[program].append(run(command))
    print(f"\n{name}: {len(folders)} actors, {rounds} rounds, one thread; median (min-max)")
    print(f"{'':14}{'CPU ms/actor':>26}{'wall ms/actor':>26}{'peak MiB':>10}{'CPU / ours':>22}")
    for program, runs in taken.items():
        cpu = [1000 * each[0] / len(folders) for each in runs]
        wall = [1000 * each[1] / len(folders) for each in runs]
        ratios = [each[0] / own[0] for each, own in zip(runs, taken["ours"])]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        memory = max(each[2] for each in runs)
        print(f"{program:14}{spread(cpu):>26}{spread(wall):>26}{memory:10.1f}{ratio:>22}")


def main():
    corpus, out, rounds, ours, *extra = sys.argv[1:]
    python = sys.executable
    programs = {
        "ours": shlex.split(ours),
        "ours again": shlex.split(ours),
        "Pillow": [python, str(HERE / "compare_pillow.py")],
        "libvips": [python, str(HERE / "compare_vips.py")],
    }
    for each in extra:
        name, command = each.split("=", 1)
        programs[name] = shlex.split(command)
    versions()
    print("'ours again' is the same command once more: its ratio shows the noise.")
    print("Pillow and libvips include the start of Python, some 100 ms for the whole run.")
    floor = run(["true"])[2]
    print(f"Peak memory cannot be measured below {floor:.1f} MiB: a child starts as this process.")
    for name in ("mixed", "jpeg"):
        folders = sorted(str(folder) for folder in Path(corpus, name).iterdir())
        compare(name, folders, out, int(rounds), programs)


main()

#!/usr/bin/env python3
"""How many of the known variants were found.

    score.py TRUTH PATIENT KIND VCF    prints found, missed and wrong ones; exit code 1 if any is missed or wrong
"""
import sys


def main(truth, patient, kind, vcf):
    with open(truth, encoding="ascii") as file:
        known = {tuple(fields[1:5]) for fields in map(str.split, file) if fields[0] == patient and fields[5] == kind}
    with open(vcf, encoding="ascii") as file:
        lines = [line.split("\t") for line in file if not line.startswith("#")]
    called = {(fields[0], fields[1], fields[3], fields[4]) for fields in lines}
    print(f"{patient}\t{kind}\tfound {len(called & known)}\tmissed {len(known - called)}\twrong {len(called - known)}")
    return called != known


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

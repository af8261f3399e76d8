#!/usr/bin/env python3
"""A genome of two small chromosomes, and reads of patients whose variants are known.

    make_data.py DIR

Writes DIR/genome.fa, DIR/reads/*.fq of what samples.csv lists, and DIR/truth.tsv (patient, chromosome, position,
reference, alternative, germline or somatic). The same bytes each time.
"""
import os
import random
import sys

CHROMOSOMES = {"chr1": 12000, "chr2": 8000}
PATIENTS = ("P1", "P2")
LANES = {"N": ("L1",), "T": ("L1", "L2")}
READ, FRAGMENT, COVERAGE = 100, 300, 40
ERRORS = 0.001


def other(base, pick):
    return pick.choice([b for b in "ACGT" if b != base])


def variants(genome, pick, count):
    """-> {(chromosome, position from 0): alternative}, none near another"""
    found = {}
    while len(found) < count:
        name = pick.choice(list(genome))
        at = pick.randrange(500, len(genome[name]) - 500)
        if all(n != name or abs(p - at) > 200 for n, p in found):
            found[name, at] = other(genome[name][at], pick)
    return found


def changed(genome, made):
    """The genome with these variants."""
    out = {}
    for name, sequence in genome.items():
        bases = list(sequence)
        for (where, at), base in made.items():
            if where == name:
                bases[at] = base
        out[name] = "".join(bases)
    return out


def reverse(sequence):
    return sequence[::-1].translate(str.maketrans("ACGT", "TGCA"))


def write_reads(path, haplotypes, pick, coverage):
    """Pairs of both haplotypes."""
    with open(path + "_R1.fq", "w", encoding="ascii") as first, open(path + "_R2.fq", "w", encoding="ascii") as second:
        number = 0
        for name, length in CHROMOSOMES.items():
            for _ in range(length * coverage // (2 * READ)):
                sequence = pick.choice(haplotypes)[name]
                at = pick.randrange(length - FRAGMENT)
                pair = [sequence[at:at + READ], reverse(sequence[at + FRAGMENT - READ:at + FRAGMENT])]
                if pick.random() < 0.5:
                    pair.reverse()
                number += 1
                for file, read in zip((first, second), pair):
                    read = "".join(other(b, pick) if pick.random() < ERRORS else b for b in read)
                    file.write(f"@r{number}\n{read}\n+\n{'I' * READ}\n")


def main(top):
    pick = random.Random(7)
    os.makedirs(os.path.join(top, "reads"), exist_ok=True)
    genome = {name: "".join(pick.choice("ACGT") for _ in range(length)) for name, length in CHROMOSOMES.items()}
    with open(os.path.join(top, "genome.fa"), "w", encoding="ascii") as file:
        for name, sequence in genome.items():
            file.write(f">{name}\n" + "".join(f"{sequence[i:i + 60]}\n" for i in range(0, len(sequence), 60)))
    truth = []
    for patient in PATIENTS:
        germline = variants(genome, pick, 12)
        both = changed(genome, germline)
        somatic = {at: base for at, base in variants(genome, pick, 8).items()
                   if all(n != at[0] or abs(p - at[1]) > 200 for n, p in germline)}
        tumour = changed(both, somatic)
        for kind, made in (("germline", germline), ("somatic", somatic)):
            truth += [(patient, name, at + 1, genome[name][at], base, kind) for (name, at), base in sorted(made.items())]
        for kind, haplotypes in (("N", [both]), ("T", [both, tumour])):
            for lane in LANES[kind]:
                sample = patient + kind
                path = os.path.join(top, "reads", f"{sample}_{lane}")
                write_reads(path, haplotypes, pick, COVERAGE // len(LANES[kind]))
    with open(os.path.join(top, "truth.tsv"), "w", encoding="ascii") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in truth)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])

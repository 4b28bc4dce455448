#!/usr/bin/env python3
"""Checks `molglot eval predictions` against the project's golden metric values (../shared/golden/metrics), when they are there.

    tests/parity/metrics_golden.py [path of molglot]

Counts must be equal, means agree to 1e-6. Needs nothing but Python.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(os.path.dirname(ROOT), "shared", "golden", "metrics")
MOLGLOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "release", "molglot")
FINGERPRINTS = {"maccs": "maccs", "rdk": "rdk", "morgan_count_r2": "morgan2_count", "morgan_bit_r2_2048": "morgan2_bit"}
failures = checks = 0


def check(what, got, want, tolerance):
    global failures, checks
    checks += 1
    if got is None or abs(got - want) > tolerance:
        failures += 1
        print(f"{what}: {got}, expected {want}")


def scores(name):
    command = [MOLGLOT, "eval", "predictions", os.path.join(GOLDEN, name), "-f", "json", "--bootstrap", "0", "-q"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["methods"][0]


def check_field(name, want):
    got = scores(name + ".tsv")["first_output"]
    sums = got["sums"]
    counts = {"n": "outputs", "exact_string_count": "exact_string", "exact_canonical_smiles_count": "exact_canonical_smiles",
              "exact_inchi_count": "exact_inchi", "levenshtein_sum": "levenshtein", "valid_count": "valid",
              "reference_length": "reference_characters", "hypothesis_length": "output_characters"}
    for key, mine in counts.items():
        check(f"{name} {key}", sums[mine], want[key], 0)
    for n in range(4):
        check(f"{name} bleu_numerators {n + 1}", sums[f"bleu_matches_{n + 1}"], want["bleu_numerators"][n], 0)
        check(f"{name} bleu_denominators {n + 1}", sums[f"bleu_ngrams_{n + 1}"], want["bleu_denominators"][n], 0)
    check(f"{name} bleu4_char", got["bleu4_characters"], want["bleu4_char"], 1e-6)
    check(f"{name} levenshtein_mean", sums["levenshtein"] / sums["outputs"], want["levenshtein_mean"], 1e-6)
    check(f"{name} levenshtein, in 6 digits", got["levenshtein"], want["levenshtein_mean"], 1e-5 * want["levenshtein_mean"])
    check(f"{name} validity", got["validity"], want["validity"], 1e-6)
    for key, mine in FINGERPRINTS.items():
        check(f"{name} {key}, valid only", got[f"{mine}_tanimoto_valid_only"], want["fts_valid_only"][key], 1e-6)
        check(f"{name} {key}, invalid as 0", got[f"{mine}_tanimoto_invalid_as_zero"], want["fts_invalid_as_zero"][key], 1e-6)


def check_3m(want):
    got = scores("3m_set.tsv")
    for variant in ("kekulised_flags_kept", "plain_aromatic"):
        mine, w = got["3m_" + variant], want[variant]
        for key, sum_name in (("n_candidates", "outputs"), ("n_valid", "valid"), ("n_qualified", "qualified"), ("n_novel", "novel"),
                              ("n_diversity_pairs", "diversity_pairs")):
            check(f"3m {variant} {key}", mine["sums"][sum_name], w[key], 0)
        check(f"3m {variant} diversity_sum", mine["sums"]["diversity_sum"], w["diversity_sum"], 1e-6)
        for key, name in (("validity", "validity"), ("similarity", "similarity"), ("novelty", "novelty"), ("diversity", "diversity"),
                          ("similarity_over_all_candidates", "similarity_over_all_outputs")):
            check(f"3m {variant} {key}", mine[name], w[key], 1e-6)


def main():
    if not os.path.isdir(GOLDEN):
        print(f"{GOLDEN} is not there: nothing was checked")
        return 0
    with open(os.path.join(GOLDEN, "expected.json"), encoding="utf-8") as f:
        expected = json.load(f)["files"]
    for size in ("small", "base", "large"):
        check_field(f"molt5-{size}-caption2smiles", expected[f"molt5-{size}-caption2smiles"])
    with open(os.path.join(GOLDEN, "3m_expected.json"), encoding="utf-8") as f:
        check_3m(json.load(f))
    print(f"{checks} checks, {failures} failed")
    return 1 if failures else 0


sys.exit(main())

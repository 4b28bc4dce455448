"""Lines of run.sh -> Markdown tables: medians over rounds, ratios to PyTorch, shares of measured ceilings.

    table.py LINES
"""
import json
import statistics
import sys

WHO = ("molglot", "pytorch", "pytorch compiled")
LEAST_RATIO, LEAST_SHARE, SHARE_BATCH = 1.3, 0.4, 1024        # the bars: against torch.compile, of the bf16 peak


def main():
    lines = []
    with open(sys.argv[1], encoding="utf-8") as f:
        for line in f:
            try:
                lines.append(json.loads(line))
            except ValueError:              # the last line of a program that was stopped
                pass

    def some(bench, **want):
        return [x for x in lines if x.get("bench") == bench and all(x.get(k) == v for k, v in want.items())]

    def median(rows, key):
        values = [r[key] for r in rows if r.get(key) is not None]
        return statistics.median(values) if values else None

    def show(x, form="{:.4g}"):
        return "-" if x is None else form.format(x)

    def ratio(a, b):
        return a / b if a and b else None

    precisions = [p for p in ("bf16", "f32") if some("gpu_step", precision=p)]
    batches = sorted({x["batch"] for x in some("gpu_step")})
    # A ceiling is a property of the machine: the best that either side reaches.
    peak = {p: max((x["tflop_per_s"] for x in some("gpu_peak", precision=p)), default=None) for p in ("bf16", "f32")}
    print(f"Measured ceilings: {show(peak['bf16'])} TFLOP/s bf16, {show(peak['f32'])} f32; copy {show(median(some('gpu_copy'), 'gb_per_s'))} GB/s.\n")

    checksums = {(x["batch"], x["checksum"]) for x in some("gpu_step") if "checksum" in x}
    if len(checksums) != len({b for b, _ in checksums}):
        print("**The two sides did not see the same batches: nothing below compares.**\n")

    bars = []
    print("| training step | molglot tokens/s | eager | compiled | to eager | to compiled | share of peak | host share | molecules/s |\n"
          "|---|---|---|---|---|---|---|---|---|")
    for p in precisions:
        for n in batches:
            mine, *theirs = [some("gpu_step", precision=p, batch=n, who=w) for w in WHO]
            speed, eager, compiled = [median(r, "tokens_per_s") for r in (mine, *theirs)]
            share = ratio(median(mine, "tflop_per_s"), peak[p])
            print(f"| {p}, batch {n} | {show(speed, '{:.0f}')} | {show(eager, '{:.0f}')} | {show(compiled, '{:.0f}')} | {show(ratio(speed, eager), '{:.2f}')} "
                  f"| {show(ratio(speed, compiled), '{:.2f}')} | {show(share, '{:.3f}')} | {show(median(mine, 'host_share'), '{:.2f}')} "
                  f"| {show(median(mine, 'molecules_per_s'), '{:.0f}')} |")
            if compiled:
                bars.append((f"{p}, batch {n}: {LEAST_RATIO} times torch.compile", ratio(speed, compiled), LEAST_RATIO))
            if p == "bf16" and n == SHARE_BATCH:
                bars.append((f"{p}, batch {n}: {LEAST_SHARE} of the measured peak", share, LEAST_SHARE))
    print("\n| step in ms | molglot | with new shapes | until all is asked for | eager | compiled | memory MiB | eager's |\n|---|---|---|---|---|---|---|---|")
    for p in precisions:
        for n in batches:
            mine, *theirs = [some("gpu_step", precision=p, batch=n, who=w) for w in WHO]
            cells = [median(mine, k) for k in ("ms_per_step", "fresh_ms_per_step", "host_ms_per_step")]
            cells += [median(r, "ms_per_step") for r in theirs] + [median(mine, "peak_mib"), median(theirs[0], "peak_mib")]
            print(f"| {p}, batch {n} | " + " | ".join(show(c) for c in cells) + " |")

    print("\n| embedding, rows/s | molglot | eager | compiled | to the better |\n|---|---|---|---|---|")
    for side in ("text", "graph"):
        for p in precisions:
            for n in batches:
                speed, *theirs = [median(some("gpu_embed", side=side, precision=p, batch=n, who=w), "rows_per_s") for w in WHO]
                best = max((x for x in theirs if x), default=None)
                print(f"| {side}, {p}, batch {n} | " + " | ".join(show(x, "{:.0f}") for x in (speed, *theirs)) + f" | {show(ratio(speed, best), '{:.2f}')} |")

    print("\n| op | size | forward us | share | backward us | share | bound by |\n|---|---|---|---|---|---|---|")
    for x in some("gpu_op"):
        print(f"| {x['op']} {x['precision']} | {x['n']} x {x['cols']}, {x['other']} | {x['forward_us']:.1f} | {x['forward_share']:.2f} | {x['backward_us']:.1f} "
              f"| {x['backward_share']:.2f} | {x['bound']} |")

    print()
    for name, value, least in bars:
        print(f"- {name}: {show(value, '{:.2f}')}, {'not measured' if value is None else 'reached' if value >= least else 'MISSED'}")


if __name__ == "__main__":
    main()

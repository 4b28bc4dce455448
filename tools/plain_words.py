"""Descriptions said in a chemist's words: short, without ChEBI's frame, groups as formulas, substitution as people tell it.

ChEBI writes "The molecule is a member of the class of phenylureas that is urea substituted by a 4-chlorophenyl group and a 3,4-dichlorophenyl group at
positions 1 and 3 respectively. It has a role as a disinfectant. It is a dichlorobenzene." A person types "1-(4-chlorophenyl)-3-(3,4-dichlorophenyl)
urea disinfectant" or "phenylurea: urea with 4-chlorophenyl at N-1 and 3,4-dichlorophenyl at N-3". The rules here say a text again by chance, each rule
with a probability of its own, and leave most sentences out; nothing is added that the text does not say. A training that reads them learns that the
frame does not matter. bench/plain/paraphrases.tsv, written by hand before any of this, measures it: never add a rule for one of its lines.

    python tools/plain_words.py -n 2 --seed 1 PAIRS.tsv[.zst] > plain.tsv      (id, smiles, text; needs nothing but Python)
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys

# group, as ChEBI writes it -> what people write
GROUPS = {
    "hydroxy": ["OH", "hydroxyl", "hydroxy"], "carboxy": ["COOH", "carboxyl", "carboxylic acid", "CO2H"], "amino": ["NH2", "amine", "amino"],
    "methoxy": ["OMe", "OCH3", "methoxy"], "ethoxy": ["OEt", "ethoxy"], "methyl": ["Me", "CH3", "methyl"], "ethyl": ["Et", "ethyl"],
    "phenyl": ["Ph", "phenyl"], "chloro": ["Cl", "chlorine", "chloro"], "bromo": ["Br", "bromine", "bromo"], "fluoro": ["F", "fluorine", "fluoro"],
    "iodo": ["I", "iodine", "iodo"], "nitro": ["NO2", "nitro"], "cyano": ["CN", "nitrile", "cyano"], "acetyl": ["Ac", "acetyl"],
    "acetoxy": ["OAc", "acetate", "acetoxy"], "trifluoromethyl": ["CF3", "trifluoromethyl"], "oxo": ["C=O", "keto", "oxo"],
    "sulfanyl": ["SH", "thiol", "sulfanyl"], "benzyl": ["Bn", "benzyl"], "tert-butyl": ["t-Bu", "tBu", "tert-butyl"], "prenyl": ["prenyl", "dimethylallyl"],
    "dimethylamino": ["NMe2", "dimethylamino"], "methylsulfonyl": ["SO2Me", "mesyl", "methylsulfonyl"], "aminocarbonyl": ["CONH2", "carbamoyl"],
    "methoxycarbonyl": ["CO2Me", "methyl ester", "methoxycarbonyl"], "ethoxycarbonyl": ["CO2Et", "ethyl ester", "ethoxycarbonyl"],
    "isopropyl": ["i-Pr", "iPr", "isopropyl"], "phosphate": ["phosphate", "OPO3"], "thiol": ["SH", "thiol"],
}
COUNTS = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
GROUP = "|".join(sorted(GROUPS, key=len, reverse=True))
NAME = r"[^ ,;.](?:[^ ;]*[^ ,;.])?"  # one word of a name
ARTICLE = r"(?:an?|the) "


def maybe(rng, p):
    return rng.random() < p


def some(rng, things, least=1):
    """Some of them, in their order or shuffled."""
    k = rng.randint(min(least, len(things)), len(things))
    kept = sorted(rng.sample(range(len(things)), k)) if maybe(rng, 0.6) else rng.sample(range(len(things)), k)
    return [things[i] for i in kept]


def items(text):
    """'a X, a Y and a Z' -> [X, Y, Z]"""
    text = re.sub(r"^(?:an?|the) ", "", text.rstrip("."))
    parts = re.split(r"(?:,| and) (?:an?|the) ", text)
    return [re.sub(r"^member of (?:the class of )?", "", p).strip(" ,") for p in parts if p.strip(" ,")]


def singular(word):
    return word[:-1] if word.endswith("s") and not re.search(r"(ss|is|us)$", word) else word


def sentences(text):
    return [s.strip() for s in re.split(r"(?<=[a-z0-9)\]+])\.\s+(?=[A-Z])", text.strip().rstrip(".")) if s.strip()]


def say_groups(s, rng):
    """Groups as formulas, all in one style or each by itself."""
    if maybe(rng, 0.35):
        return s
    p = rng.choice([0.4, 0.8, 1.0])

    def group(m):
        return (rng.choice(GROUPS[m[1]]) if maybe(rng, p) else m[1]) + ("" if maybe(rng, 0.6) else m[2] or "")

    return re.sub(rf"\b({GROUP})( groups?| substituents?)(?![\w-])", group, s)


def positions(s, rng):
    """'a methyl group at position 2' -> '2-methyl', 'methyl at C-2', 'methyl on C2'"""
    style = rng.choice(["before", "at", "C-", "C", "on", "pos", "same"])
    if style == "same":
        return s
    where = r"((?:\d+[a-z]?'*(?:alpha|beta)?(?:, | and |,)?)+)"

    def place(m):
        lead, at = m[1] or "", re.sub(r"\s*(?:, and|,|and)\s*", ",", m[2].strip(" ,")).strip(",")
        tail = m[2][len(m[2].rstrip(" ,")):]
        tail = " " if tail.strip() == "" and tail else tail
        if style == "at":
            return f"{lead}at {at}{tail}"
        if style in ("C-", "C"):
            each = [f"{style}{x}" for x in at.split(",")]
            return f"{lead}at {' and '.join(each) if len(each) < 3 else ', '.join(each[:-1]) + ' and ' + each[-1]}{tail}"
        if style == "on":
            return f"{lead}on C{at}{tail}"
        return f"{lead}at pos. {at}{tail}"

    if style == "before":
        s = re.sub(rf"(?:{ARTICLE})?([\w\[\]()'-]+?)(?: groups?| substituents?)? (?:located |attached )?at (?:the )?positions? {where}(?=[ ,.;)]|$)",
                   lambda m: re.sub(r"\s*(?:, and|,|and)\s*", ",", m[2].strip(" ,")).strip(",") + "-" + m[1] + (" " if m[2].endswith(" ") else ""), s)
        return s
    return re.sub(rf"(\b)at (?:the )?positions? {where}", place, s)


RELATIONS = [  # pattern -> ways to say it; {0}, {1} are what it caught
    (rf"(?:obtained|resulting|that results|formed|derived|arising)?\s*(?:by|from|via)? ?(?:the )?formal condensation of (?:the )?(?:\w+ )?carboxy groups? of (.+?) with (?:the |one of the )?([\w'-]+ )?(hydroxy|alcoholic hydroxy|amino|thiol) groups? of (.+?)(?=[.;,]| to |$)",
     "condensation"),
    (r"(?:obtained|arising|resulting|formed|that results?|derived) (?:by|from|via) (?:the )?(?:selective |formal |global )?(?:deprotonation|removal of (?:a|one|the) protons?|removal of (?:two|three|four) protons) (?:of|from) (?:the )?(.+?)(?: OH| functions?| groups?| group)? of (.+?)(?=[.;]|$)",
     ["from {1} by loss of H+ at {0}", "deprotonated {1}", "{1}, {0} deprotonated", "{1} with ionised {0}", "anion of {1}"]),
    (r"that is the (conjugate (?:base|acid)) of (.+?)(?=[.;,]|$)", ["{0} of {1}", "({0} of {1})"]),
    (r"in which the hydroxy group at position (\S+) (?:has been|is) (?:converted (?:in)?to its|replaced by an?|converted (?:in)?to the corresponding) (.+?)(?=[.;,]| and |$)",
     ["{1} on the {0}-OH", "with the {0}-OH as {1}", "{0}-O-{1}", "3-OH -> {1}".replace("3", "{0}")]),
    (r"in which (?:the|a|one of the|one) (.+?) (?:has|have) been (?:replaced|substituted) by (?:an? )?(.+?)(?=[.;,]|$)", ["with {1} in place of {0}", "{0} replaced by {1}", "{0} -> {1}"]),
    (r"in which (?:the|a|one of the|one) (.+?) (?:is|are) (?:replaced|substituted) by (?:an? )?(.+?)(?=[.;,]|$)", ["with {1} in place of {0}", "{0} replaced by {1}", "with {1} for {0}"]),
    (r"in which the acyl group (?:is )?specified (?:is|as) (.+?)(?=[.;,]|$)", ["with {0} as acyl", "acyl = {0}", "{0} acyl chain"]),
    (r"having (.+?) as the (.+?)(?= substituent| component|[.;,]|$)", ["with {0} as {1}", "{1} = {0}", "with {0} ({1})"]),
    (r"(?:composed of|consisting of|made up of|formed from|comprising|comprised of) (.+?) (?:residues )?joined (?:together )?(?:in sequence )?(?:by|via|through) (?:an? )?(.+?)(?: linkages?| bonds?)?(?=[.;,]|$)",
     ["of {0} ({1} linked)", "{0}", "{0} joined {1}", "made of {0}"]),
    (r"(?:composed of|consisting of|made up of|formed from|comprising|comprised of) (.+?)(?: residues)?(?: joined in sequence)?(?=[.;,]|$)", ["of {0}", "made of {0}", "{0} units"]),
    (r"(?:that|which) is (?:the )?(.+?)(?: which is| that is)? (?:substituted|carrying|bearing)(?: by| with)? ", ["{0} with ", "({0}) with ", "{0}, substituted by ", "{0} bearing "]),
    (r"(?:which|that) is ", [", ", ": ", "that is ", ""]),
    (r"(?:which is )?substituted (?:at (?=C-|\d)|by |with )", ["with ", "bearing ", "substituted by ", "carrying "]),
    (r"(?:carrying|bearing|having) ", ["with ", "having ", "bearing "]),
    (r"linked to ", ["on ", "attached to ", "linked to "]),
    (r" respectively", ["", " respectively"]),
]


def condensation(m, rng):
    acid, where, by, other = m[1], (m[2] or "").strip(), m[3], m[4]
    kind = {"amino": "amide", "thiol": "thioester"}.get(by, "ester")
    at = f"{where}-" if where and where not in ("the", "one") else ""
    return rng.choice([f"{kind} of {acid} with {other}", f"{kind} of {acid} and {other}", f"{kind} of {other} with {acid}" + (f" ({at}O)" if at and kind == "ester" else ""),
                       f"{acid} + {other} ({kind})", f"{other} {kind} of {acid}", f"{kind} from {acid} and the {at}{by} of {other}"])


def say_relations(s, rng):
    for pattern, ways in RELATIONS:
        if maybe(rng, 0.15):
            continue
        if ways == "condensation":
            s = re.sub(pattern, lambda m: condensation(m, rng), s)
        else:
            s = re.sub(pattern, lambda m, w=ways: rng.choice(w).format(*(g or "" for g in m.groups())), s)
    return re.sub(r"\s+([,:;])", r"\1", re.sub(r"[,:]\s*[,:]", ",", s))


def say_definition(s, rng):
    s = re.sub(r"^The molecule is ", "", s)
    s = re.sub(r"[;,] (?:major|dominant|predominant) (?:micro)?species at .*$", "" if maybe(rng, 0.85) else r" at pH 7.3", s)
    s = re.sub(r"^(?:an?|the) (?:member|derivative) of (?:the )?(?:class of )?(\S+)", lambda m: singular(m[1]), s)
    if maybe(rng, 0.75):
        s = re.sub(r"^(?:an?|the) ", "", s)
    s = positions(s, rng) if maybe(rng, 0.8) else s
    s = say_relations(s, rng)
    s = say_groups(s, rng)
    if maybe(rng, 0.6):
        s = re.sub(r"\b(?:an?|the) (?=[\w\[(])", lambda m: "" if maybe(rng, 0.7) else m[0], s)
    if maybe(rng, 0.5):
        s = re.sub(r"\b(two|three|four|five|six)\b", lambda m: COUNTS[m[1]], s)
    # the class in front says little where the parent follows
    m = re.match(r"^([^,:]{3,40}?)(?:,|:| that is)\s+(\S.{12,})$", s)
    if m and maybe(rng, 0.35):
        s = m[2] if maybe(rng, 0.6) else f"{m[2]} ({m[1]})"
    return s


def say_relation(s, rng):
    """'It is a conjugate base of an X' and its like."""
    m = re.match(r"It (?:is|derives from|contains) (?:an? |the )?(conjugate base of|conjugate acid of|enantiomer of|tautomer of)?\s*(?:an? |the )?(.+)$", s)
    if s.startswith("It derives from a hydride of "):
        return rng.choice(["{} skeleton", "on a {} core", "{} scaffold"]).format(re.sub(r"^(?:an?|the) ", "", s[29:]))
    if s.startswith("It derives from "):
        names = items(s[16:])
        return rng.choice(["derived from {}", "from {}", "{} derivative", "derivative of {}"]).format(" and ".join(names))
    if m and m[1]:
        ways = {"conjugate base of": ["{} minus H+", "deprotonated {}", "conjugate base of {}", "anion of {}"], "conjugate acid of": ["protonated {}", "conjugate acid of {}"],
                "enantiomer of": ["mirror image of {}", "enantiomer of {}", "not {} but its enantiomer"], "tautomer of": ["tautomer of {}", "other tautomer of {}"]}
        return rng.choice(ways[m[1]]).format(m[2])
    return None


def say(text, rng):
    """The text in other words; it may be short, never empty."""
    first, classes, roles, relations, rest = "", [], [], [], []
    for s in sentences(text):
        if s.startswith("The molecule is "):
            first = s
        elif s.startswith("It has a role as "):
            roles += items(s[17:])
        elif re.match(r"It (?:is an? (?:conjugate|enantiomer|tautomer)|derives from)", s):
            relations.append(s)
        elif re.match(r"It is an? ", s):
            classes += items(s[6:])
        elif re.match(r"(?:CID )?\d|.*natural product found in", s):
            continue
        else:
            rest.append(s)
    said = say_definition(first, rng) if first else ""
    thin = len(said) < 40
    parts = [said] if said else []
    if classes and maybe(rng, 0.9 if thin else 0.35):
        kept = some(rng, classes)[: rng.randint(1, 4)]
        parts.append(rng.choice([", ".join(kept), " and ".join(kept), "with " + ", ".join(kept) if maybe(rng, 0.3) else ", ".join(kept)]))
    if roles and maybe(rng, 0.3):
        kept = some(rng, roles)[:2]
        role = " and ".join(kept)
        if maybe(rng, 0.5):
            parts.append(rng.choice(["used as {}", "a {}", "{}"]).format(role))
        elif parts:
            parts[0] = f"{role}: {parts[0]}" if maybe(rng, 0.5) else f"{role}, {parts[0]}"
    for s in relations:
        if maybe(rng, 0.8 if thin else 0.35):
            one = say_relation(s, rng)
            if one:
                parts.append(one)
    if rest and maybe(rng, 0.12):
        parts.append(rng.choice(rest))
    if len(parts) > 1 and maybe(rng, 0.25):
        rng.shuffle(parts)
    out = rng.choice([", ", ", ", "; ", ". "]).join(p for p in parts if p)
    out = re.sub(r"\s+", " ", out).strip(" ,;:")
    if maybe(rng, 0.15):
        out = out.lower()
    elif maybe(rng, 0.15) and out:
        out = out[0].upper() + out[1:]
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("-n", type=int, default=2, help="wordings of a row")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("file")
    o = p.parse_args()
    if o.file.endswith(".zst"):
        lines = subprocess.run(["zstdcat", o.file], capture_output=True, check=True).stdout.decode("utf-8").splitlines()
    else:
        lines = pathlib.Path(o.file).read_text(encoding="utf-8").splitlines()
    print("id\tsmiles\ttext")
    for line in lines[1:]:
        key, smiles, text = line.split("\t")[:3]
        said = set()
        for k in range(o.n):
            one = say(text, random.Random(f"{o.seed} {key} {k}"))
            if len(one) >= 4 and one != text and one not in said:
                said.add(one)
                print(f"{key}.plain{k}\t{smiles}\t{one}")


if __name__ == "__main__":
    sys.exit(main())

#!/bin/sh
# faults: U20
# A page of cards is one valid file without a request: whole SMILES, texts by key, titles of drawings, and all that its buttons write down is in it.
. "$(dirname "$0")/lib.sh"
python3 - "$tmp" <<'P'
import csv, sys
rows = [("</script><script>alert(1)</script>", "CCO", "a </style><img src=x onerror=alert(2)>"), ('"><img src=x onerror=alert(1)>', "c1ccccc1", "x" * 400),
        ("' onmouseover='alert(3)", "CC(=O)O", "\u202eright to left\u202c"), ("\u05e9\u05dc\u05d5\u05dd", "CCN", "\u0645\u0631\u062d\u0628\u0627 " * 30),
        ("\U0001f600\U0001f469\u200d\U0001f52c", "C[N+](C)(C)CC(=O)[O-]", "emoji & <b>bold</b> &amp; " + "long " * 60),
        ("W" * 300, "C" * 90, "a long name"), ("$$$$", "CCCl", "dollars"), ("again", "c1ccccc1", "a drawing that is there"), ("", "CC#N", "no name"),
        ("<!-- -->", "[13CH4]", "\x01]]>\x7f"), ("signs", "OC(=O)c1ccccc1OC(C)=O", "~ ! | ` _ ="), ("bad", "C1CC", "not read")]
with open(sys.argv[1] + "/m.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.writer(f)
    w.writerow(["name", "smiles", "text"])
    w.writerows(rows)
P
cat >"$tmp/check.py" <<'P'
import base64, hashlib, re, sys
from html.parser import HTMLParser
page, smiles, sdf = sys.argv[1:4]
s = open(page, encoding="utf-8").read()
VOID = {"meta", "input", "br", "img", "link", "path", "use", "ellipse", "circle", "rect"}
class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.tags, self.cards, self.ids, self.text = [], [], [], set(), None
    def handle_starttag(self, tag, attributes, closed=False):
        a = dict(attributes)
        assert len(a) == len(attributes), ("an attribute twice", tag, attributes)
        assert not any(k.startswith("on") or k in ("style", "src") or (k == "href" and not v.startswith("#m")) for k, v in a.items()), (tag, a)
        if "id" in a:
            assert a["id"] not in self.ids, ("an id twice", a["id"])
            self.ids.add(a["id"])
        self.tags.append(tag)
        if tag == "article":
            self.cards.append({"#": a, "title": "", "desc": "", "b": "", "code": ""})
        if tag == "svg":
            assert a.get("role") == "img", "a drawing that is no image"
        if not closed and tag not in VOID:
            self.stack.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes, True)
    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, ("not nested", tag, self.stack)
        self.stack.pop()
    def handle_data(self, data):
        if self.cards and self.stack and self.stack[-1] in self.cards[-1]:
            self.cards[-1][self.stack[-1]] += data
p = Page()
p.feed(s)
p.close()
assert not p.stack, p.stack
assert s.startswith("<!DOCTYPE html>\n") and p.tags.count("script") == p.tags.count("style") == 1 and not {"img", "link", "iframe", "object"} & set(p.tags)
assert not re.search(r"https?:|url\(|@import|\bfetch\(|XMLHttp", s), "the network"
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', s).group(1)
assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; ") and "unsafe" not in policy
for tag in "script", "style":
    text = re.search("<%s>(.*?)</%s>" % (tag, tag), s, re.S).group(1)
    assert "%s-src 'sha256-%s'" % (tag, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()) in policy, tag
for word in ("prefers-color-scheme:dark", "@media print", "break-inside:avoid", "max-width:700px", ":focus-visible"):
    assert word in s, word
for name in ("find", "by", "turn", "all", "none", "sdf", "smi", "csv", "copy"):
    assert 'name="%s"' % name in s, name
wanted = open(smiles, encoding="utf-8").read().split("\n")[:-1]
assert [c["code"] for c in p.cards] == wanted, "SMILES are not whole"
long = {"~": "  0  0  0  0  0  0  0  0  0  0  0  0\n", "!": "    0.0000 ", "|": "  1  0\n", "`": "  2  0\n", "_": "    "}
with open(sdf, "w", encoding="utf-8") as f:
    for i, c in enumerate(p.cards):
        if not c["title"]:
            continue
        assert c["desc"] == c["code"], c
        first = p.cards[int(c["#"].get("data-as", i))]
        mol = first["#"]["data-mol"]
        mol = mol[1:] if mol[0] == "=" else re.sub("[~!|`_]", lambda m: long[m.group(0)], mol)
        f.write("card %d\n%s$$$$\n" % (i, mol))
heavy = max(len(re.sub(r"<svg.*?</svg>", "", a, flags=re.S)) for a in re.findall(r"<article.*?</article>", s, re.S))
assert heavy < 6000, "%d bytes of a card beside its drawing" % heavy
P
# page "what" SMILES_FILE DRAWN: $tmp/p.html holds these molecules; what its SDF button writes is read by molglot.
page() {
    checks=$((checks + 1))
    python3 "$tmp/check.py" "$tmp/p.html" "$2" "$tmp/page.sdf" || fail "$1"
    lines "$2" "$(grep -c 'class="card"' "$tmp/p.html")" "$1: cards"
    expect 0 "$1: the SDF is read" "$molglot" depict -i "$tmp/page.sdf" -f smi
    lines "$tmp/out" "$3" "$1: molecules of the SDF"
}
expect 0 "depict" "$molglot" depict -i "$tmp/m.csv" -o "$tmp/p.html"
python3 -c 'import csv, sys
for r in csv.DictReader(open(sys.argv[1] + "/m.csv", encoding="utf-8", newline="")): print(r["smiles"])' "$tmp" >"$tmp/smiles"
page "depict" "$tmp/smiles" 11
has "$tmp/p.html" '<details class="text"><summary' "a long text opens by click and key"
has "$tmp/p.html" 'data-as="1"' "a drawing that is there already is not drawn again"
"$molglot" depict -i "$tmp/m.csv" -f sdf 2>"$tmp/err" | sed -n '2,/^M  END/p' | head -8 >"$tmp/a"
sed -n 2,9p "$tmp/page.sdf" >"$tmp/b"
checks=$((checks + 1)); cmp -s "$tmp/a" "$tmp/b" || fail "a molblock is not the one of -f sdf"

expect 0 "index" "$molglot" index "$tmp/m.csv" -o "$tmp/m.idx"
expect 0 "search" "$molglot" search "$tmp/m.idx" "an acid </script><script>alert(9)</script>" CCO -k 6 -o "$tmp/p.html"
"$molglot" search "$tmp/m.idx" "an acid </script><script>alert(9)</script>" CCO -k 6 -f smi | cut -f1 >"$tmp/smiles"
page "search" "$tmp/smiles" 12
has "$tmp/p.html" '<data class="score" value=' "scores"
has "$tmp/p.html" '<h2 dir="auto">an acid &lt;/script&gt;&lt;script&gt;' "a question is escaped"

expect 0 "interpolate" "$molglot" interpolate CCO 'c1ccccc1O' -n 3 -o "$tmp/p.html"
has "$tmp/p.html" '<dt>tanimoto_a</dt><dd dir="auto">1.000' "what a point is like"

expect 0 "svg" "$molglot" depict CCO -o "$tmp/one.svg"
has "$tmp/one.svg" "role='img'><title>C2H6O</title><desc>CCO</desc>" "a title for who cannot see it"
expect 0 "svg of two" "$molglot" depict CCO 'c1ccccc1' -o "$tmp/two.svg"
checks=$((checks + 1)); [ "$(grep -c "<title>" "$tmp/two.svg")" = 3 ] || fail "titles of a grid"
checks=$((checks + 1)); python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$tmp/two.svg" || fail "the SVG is no XML"
finish

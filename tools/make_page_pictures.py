#!/usr/bin/env python3
"""Makes README's pictures of the page, of Python and of the service anew, with the shipped model.

    make_page_pictures.py BUILD_FOLDER OUT_FOLDER     OUT/page.png, python.png, service.png

Starts `molglot serve` over the example library, types a sentence into its page, asks the service by
curl, and runs three lines of Python over bindings/python; what each shows is photographed by
headless Chromium. Needs chromium, curl, python3 with NumPy; no part of ./test.sh."""
import base64
import html
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "page"))
import page  # noqa: E402  (its Browser)

WORDS = "an antibiotic with a beta-lactam ring, no halogen, under 450 Da"
SHELL = """<!DOCTYPE html><meta charset=utf-8><style>body{margin:0;padding:18px 22px;background:#fff;
font:15px/1.45 'DejaVu Sans Mono',monospace;color:#1c2430}pre{margin:0;white-space:pre-wrap;
word-break:break-all}b{color:#0b6e6e}</style>"""


def shoot(browser, path, width, height):
    browser("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=False)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = browser("Page.captureScreenshot", format="png", clip=clip)
    with open(path, "wb") as f:
        f.write(base64.b64decode(shot["data"]))
    print(path, os.path.getsize(path), "bytes")


def show(browser, folder, name, text):
    path = os.path.join(folder, name + ".html")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    browser("Page.navigate", url="file://" + path)
    browser.wait("document.readyState==='complete'")


def picture_of_page(browser, url, out):
    browser("Emulation.setDeviceMetricsOverride", width=1200, height=860, deviceScaleFactor=1,
            mobile=False)
    browser("Page.navigate", url=url)
    browser.wait("document.readyState==='complete'&&window.route&&route.writes!==undefined")
    browser.js("$('text').value=%s;$('text').dispatchEvent(new Event('input',{bubbles:true}))"
               % json.dumps(WORDS))
    browser.wait("!$('chips').hidden")
    browser.js("$('go').click()")
    browser.wait("shown.length&&!running&&!document.querySelector('.hole')")
    shoot(browser, os.path.join(out, "page.png"), 1200, 860)


def picture_of_service(browser, url, folder, out):
    body = json.dumps({"queries": ["asprin"], "k": 2})
    answer = subprocess.run(["curl", "-s", url + "v1/search", "-H",
                             "Content-Type: application/json", "-d", body],
                            check=True, capture_output=True, text=True).stdout
    shown = json.dumps(json.loads(answer), indent=1, ensure_ascii=False)
    said = ("$ molglot serve library.idx\n$ curl localhost:8080/v1/search -H 'Content-Type: "
            "application/json' -d '%s'\n" % body)
    show(browser, folder, "service", "%s<pre><b>%s</b>%s</pre>"
         % (SHELL, html.escape(said), html.escape(shown[:1800])))
    shoot(browser, os.path.join(out, "service.png"), 900, 620)


LINES = ["import molglot as mg", "m = mg.Model()",
         'm.generate("a methyl ester of an amino acid with an aromatic ring", n=8)']


def picture_of_python(browser, build, folder, out):
    code = "%s\nr = %s\nopen(r'%s/cards.html', 'w').write(r._repr_html_())" % (
        "\n".join(LINES[:2]), LINES[2], folder)
    env = dict(os.environ, PYTHONPATH=os.path.join(ROOT, "bindings", "python"),
               MOLGLOT_LIBRARY=os.path.join(build, "libmolglot.so.0"),
               MOLGLOT_MODEL=os.path.join(ROOT, "models"))
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    with open(os.path.join(folder, "cards.html"), encoding="utf-8") as f:
        cards = f.read()
    said = "\n".join(">>> " + line for line in LINES)
    show(browser, folder, "python", "%s<pre><b>%s</b></pre>%s" % (SHELL, html.escape(said), cards))
    shoot(browser, os.path.join(out, "python.png"), 900, 620)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    build, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(out, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="molglot-pictures-")
    index = os.path.join(folder, "library.idx")
    program = os.path.join(build, "molglot")
    os.environ["MOLGLOT_MANIFEST"] = "no"
    subprocess.run([program, "index", os.path.join(ROOT, "examples", "library.tsv"), "-o", index,
                    "-q"], check=True)
    server = subprocess.Popen([program, "serve", index, "--port", "0", "-q"],
                              stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        browser = page.Browser(folder)
        picture_of_page(browser, url, out)
        picture_of_service(browser, url, folder, out)
        picture_of_python(browser, build, folder, out)
        browser.process.terminate()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()

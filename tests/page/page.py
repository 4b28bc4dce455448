#!/usr/bin/env python3
"""Clicks through the server's page in headless Chromium: `make page-test`, or page.py MOLGLOT INDEX [SHOTS [OPTION...]].

Searches, writes, captions, explains, takes a molfile, fills and downloads the basket, takes a
condition out, stops a generation; light, dark, and 400 pixels wide. Each step looks for errors, for
what the policy refused, for requests to others, for what has no name for a screen reader, for cards
that overlap and for a page wider than its window. Pictures go to SHOTS, for a person to look at.
SKETCHER=DIR tries the editor in that folder (tools/get_jsme.sh) instead of a small one.
Needs chromium and python3, nothing else; no part of ./test.sh."""
import base64, json, os, subprocess, sys, tempfile, time


class Browser:
    """Chromium over its debugging pipe: JSON messages that end in a zero."""

    def __init__(self, folder):
        self.to_them, self.from_us = os.pipe()
        self.from_them, self.to_us = os.pipe()
        def place():
            os.dup2(self.to_them, 3)
            os.dup2(self.to_us, 4)
        self.process = subprocess.Popen(
            [os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--user-data-dir=" + folder + "/profile", "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rest, self.number, self.events, self.session = b"", 0, [], None
        target = [t for t in self("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self(domain + ".enable")
        self("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)

    def __call__(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session and not method.startswith("Browser"):
            message["sessionId"] = self.session
        os.write(self.from_us, json.dumps(message).encode() + b"\0")
        while True:
            got = self.read()
            if got.get("id") == self.number:
                if "error" in got:
                    raise SystemExit("%s: %s" % (method, got["error"]["message"]))
                return got["result"]

    def read(self):
        while b"\0" not in self.rest:
            self.rest += os.read(self.from_them, 1 << 20)
        line, self.rest = self.rest.split(b"\0", 1)
        got = json.loads(line)
        if "method" in got:
            self.events.append(got)
        return got

    def js(self, text):
        r = self("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in r:
            raise SystemExit("%s\n%s" % (text, r["exceptionDetails"].get("exception", {}).get("description")))
        return r["result"].get("value")

    def wait(self, what, seconds=180):
        end = time.time() + seconds
        while time.time() < end:
            if self.js("!!(%s)" % what):
                return
            time.sleep(.15)
        raise SystemExit("waited in vain for %s; the page says: %s" % (what, self.js("$('wrong').textContent+' '+$('state').value")))

    def key(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text="\r" if key == "Enter" and kind == "keyDown" else "")


class Test:
    def __init__(self, program, index, shots):
        self.shots, self.folder, self.bad = shots, tempfile.mkdtemp(prefix="molglot-page-"), 0
        os.makedirs(shots, exist_ok=True)
        self.editor = os.environ.get("SKETCHER") or self.folder + "/editor"
        if not os.environ.get("SKETCHER"):
            os.mkdir(self.editor)
            with open(self.editor + "/sketch.html", "w") as f:
                f.write("""<!DOCTYPE html><title>editor</title><p>an editor of molecules<script>addEventListener('message',function(e){
                    if(e.origin===location.origin&&e.data.molglot==='get')e.source.postMessage({molglot:'molecule',smiles:'CCN'},e.origin)})</script>""")
        self.server = subprocess.Popen([program, "serve", index, "--port", "0", "-q", "--sketcher", self.editor] + sys.argv[4:], stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()
        self.b = Browser(self.folder)
        self.size(1200, 900)

    def size(self, width, height):
        self.b("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def dark(self, on):
        self.b("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def check(self, ok, what):
        print(("ok    " if ok else "WRONG ") + what, flush=True)
        self.bad += not ok

    def look(self, name, full=True):
        """What every state of the page must be like; and its picture."""
        b = self.b
        overlap = b.js("""(function(){var r=[].map.call(document.querySelectorAll('.card'),function(c){return c.getBoundingClientRect()}).filter(function(x){return x.width});
            return r.some(function(a,i){return r.some(function(c,k){return k>i&&a.left<c.right-1&&c.left<a.right-1&&a.top<c.bottom-1&&c.top<a.bottom-1})})})()""")
        self.check(not overlap, name + ": cards do not overlap")
        self.check(b.js("document.documentElement.scrollWidth<=innerWidth"), name + ": no wider than the window")
        nameless = b.js("""[].filter.call(document.querySelectorAll('button,input,select,textarea,iframe,svg[role]'),function(x){
            return x.getClientRects().length&&!(x.textContent.trim()&&x.tagName==='BUTTON')&&!x.getAttribute('aria-label')&&!x.title&&!(x.labels&&x.labels.length)}).map(function(x){return x.outerHTML.slice(0,80)}).join(' ')""")
        self.check(not nameless, name + ": everything has a name " + nameless)
        height = min(b.js("document.documentElement.scrollHeight"), 2600) if full else None
        clip = {"x": 0, "y": 0, "width": b.js("innerWidth"), "height": height, "scale": 1} if full else None
        shot = b("Page.captureScreenshot", format="png", captureBeyondViewport=full, **({"clip": clip} if clip else {}))
        bytes_ = base64.b64decode(shot["data"])
        self.check(len(bytes_) > 12000, name + ": the picture is not empty")
        with open(os.path.join(self.shots, name + ".png"), "wb") as f:
            f.write(bytes_)

    def quiet(self):
        """No error, nothing refused by the policy, nobody else asked."""
        said = set()
        for e in self.b.events:
            p = e["params"]
            if e["method"] == "Runtime.exceptionThrown":
                self.check(False, "exception: " + json.dumps(p["exceptionDetails"])[:300])
            if e["method"] == "Log.entryAdded" and "status of 4" not in p["entry"]["text"] and "status of 503" not in p["entry"]["text"] and p["entry"]["text"] not in said:
                said.add(p["entry"]["text"])
                self.check(False, "log: " + p["entry"]["text"])
            if e["method"] == "Network.requestWillBeSent":
                url = p["request"]["url"]
                if not url.startswith((self.url, "data:", "blob:" + self.url.rstrip("/"), "about:")):
                    self.check(False, "a request to " + url)
        self.check(not said, "no error, no request to others")

    def mode(self, name):
        self.b.js("document.querySelector('label[for=m-%s]').click()" % name)

    def put(self, field, text):
        self.b.js("$('%s').value=%s;$('%s').dispatchEvent(new Event('input',{bubbles:true}))" % (field, json.dumps(text), field))

    def submit(self):
        self.b.js("$('go').click()")
        self.b.wait("!running")
        self.b.wait("!document.querySelector('.hole')", 60)

    def run(self):
        b = self.b
        b("Page.navigate", url=self.url)
        b.wait("document.readyState==='complete'&&window.route&&route.writes!==undefined")
        self.look("start", False)
        self.search()
        self.molecules()
        self.write()
        self.caption()
        self.explain()
        if b.js("!$('m-predict').hidden"):
            self.predict()
        self.narrow()
        self.sketch()
        self.quiet()
        self.check(b.js("!navigator.serviceWorker||!navigator.serviceWorker.controller") and not b.js("document.cookie"), "no cookie, no worker")

    def search(self):
        b = self.b
        b.js("$('text').focus()")
        b("Input.insertText", text="a purine alkaloid with two rings, no halogen, found in coffee")
        b.wait("!$('chips').hidden")
        self.check(b.js("document.querySelectorAll('.chip').length") >= 2, "what was understood stands as chips")
        b.key("Enter", 13)
        b.wait("shown.length")
        b.wait("!running&&!document.querySelector('.hole')")
        self.check(b.js("shown[0].name") == "caffeine", "caffeine is the first")
        self.look("search")
        n = b.js("document.querySelectorAll('.chip').length")
        b.js("document.querySelectorAll('.chip button')[1].click()")
        b.wait("document.querySelectorAll('.chip').length===%d" % (n - 1))
        self.check("two rings" not in b.js("$('text').value"), "a chip that is taken away takes its words along: " + b.js("$('text').value"))
        b.js("shown[0].box.click();shown[2].box.click()")
        self.check(b.js("$('basket-n').textContent") == "2 molecules in the basket", "the basket counts")
        self.downloads()
        b.js("$('more').click()")
        b.wait("shown.length===48&&!running&&!document.querySelector('.hole')")
        self.put("find", "sugar")
        self.check(0 < b.js("shown.filter(function(c){return !c.at.hidden}).length") < 48, "the shown ones are filtered")
        self.put("find", "")
        self.dark(True)
        self.look("search-dark")
        self.dark(False)
        kept = b.js("$('text').value")
        for text, words in (("a zorbly alkaloid, no halogen", "zorbly"), ("blurgic", "blurgic")):
            self.put("text", text)
            b.wait("$('chips').textContent.includes('does not know: %s')" % words)
        self.look("unknown", False)
        self.put("text", "aspirin")
        b.wait("$('chips').hidden")
        self.check(b.js("!$('chips').textContent"), "a name is known")
        self.put("text", kept)
        b.js("shown[1].at.querySelector('.acts button').click()")
        b.wait("!running&&shown.length&&!document.querySelector('.hole')")
        self.check(b.js("shown[0].score") > .99, "more like this finds it first")

    def downloads(self):
        b = self.b
        for kind, begins in (("sdf", None), ("smi", None), ("csv", "id,smiles"), ("html", "<!DOCTYPE html>")):
            b.js("$('%s').click()" % ("report" if kind == "html" else kind))
            path, end = os.path.join(self.folder, "molglot." + kind), time.time() + 20
            while time.time() < end and not (os.path.exists(path) and os.path.getsize(path)):
                b.js("1")
                time.sleep(.1)
            text = open(path).read() if os.path.exists(path) else ""
            good = text.startswith(begins) if begins else "caffeine" in text
            self.check(good and ("$$$$" in text) == (kind == "sdf"), "molglot.%s is downloaded (%d bytes)" % (kind, len(text)))
        self.look("basket", False)
        b.js("$('empty').click()")
        self.check(b.js("$('basket').hidden&&!shown[0].box.checked"), "the basket is emptied")

    def molecules(self):
        b = self.b
        self.mode("search")
        self.put("text", "aspirin")
        b.wait("!$('seen').hidden&&$('seen-text').textContent.includes('C9H8O4')")
        self.put("text", "C1CC")
        b.wait("$('wrong')||1")
        b.js("$('go').click()")
        b.wait("!running&&$('wrong').textContent")
        self.check("unclosed ring" in b.js("$('wrong').textContent"), "a bad SMILES is said: " + b.js("$('wrong').textContent"))
        block = "\n  test\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n" + "".join(
            "%10.4f%10.4f%10.4f %s   0  0\n" % (i, i % 2, 0, "CCO"[i]) for i in range(3)) + "  1  2  1  0\n  2  3  1  0\nM  END\n"
        self.put("text", block)
        b.wait("$('seen-text').textContent.includes('C2H6O')")
        self.submit()
        self.check(b.js("shown[0].name") == "ethanol" or b.js("shown[0].score") > .5, "a molfile finds: " + str(b.js("shown[0].name")))

    def write(self):
        b = self.b
        self.mode("write")
        self.put("molecule", "")
        self.put("text", "an ester")
        b.js("fields.n.value=6")
        b.js("$('go').click()")
        b.wait("$('state').value.includes('drawn')")
        self.check(b.js("!$('stop').hidden&&!$('progress').hidden"), "progress and a button to stop")
        b.wait("!running&&!document.querySelector('.hole')")
        self.check(b.js("shown.length") == 6, "six molecules are written")
        self.look("write")
        b.js("fields.n.value=100;$('go').click()")
        b.wait("running")
        b.key("Escape", 27)
        b.wait("!running")
        self.check(b.js("$('state').value") == "stopped", "Escape stops")

    def caption(self):
        b = self.b
        self.mode("caption")
        self.put("molecule", "caffeine")
        self.submit()
        self.check(b.js("document.querySelectorAll('.said').length") == 1 and b.js("shown.length") > 1, "a caption and what it leans on")
        self.look("caption")

    def explain(self):
        b = self.b
        self.mode("explain")
        self.put("molecule", "CC(=O)Oc1ccccc1C(=O)O")
        self.put("text", "A benzoic acid and an acetate ester that inhibits cyclooxygenase.")
        self.submit()
        b.wait("document.querySelector('.x svg')")
        b.js("document.querySelector('.x .says p.l0 .w').click()")
        self.check(b.js("document.querySelectorAll('.x .a.on').length") > 0, "a word lights its atoms")
        b.js("document.querySelectorAll('.x .a')[4].dispatchEvent(new MouseEvent('click',{bubbles:true}))")
        self.check(b.js("document.querySelectorAll('.x .w.on').length") > 0, "an atom lights its words")
        self.look("explain")
        self.dark(True)
        self.look("explain-dark")
        self.dark(False)
        self.size(400, 800)
        self.look("explain-400")
        self.size(1200, 900)

    def predict(self):
        self.mode("predict")
        self.put("molecule", "CN1CCc2ccccc2C1")
        self.check(self.b.js("$('seen').hidden||getComputedStyle($('seen')).visibility==='hidden'"), "no other molecule's picture")
        self.submit()
        self.b.wait("$('seen-text').textContent.includes('C10H13N')&&getComputedStyle($('seen')).visibility==='visible'")
        self.check(self.b.js("shown.length") == 1 and self.b.js("shown[0].values.length") > 2, "properties are predicted")
        self.look("predict")

    def sketch(self):
        """The site's own editor, or the one of SKETCHER, in its frame."""
        b = self.b
        self.size(1200, 900)
        self.mode("search")
        self.put("text", "")
        b.js("$('sketch').click()")
        b.wait("$('frame').contentDocument&&$('frame').contentDocument.readyState==='complete'&&$('frame').contentWindow.location.pathname!=='blank'")
        time.sleep(2)
        if os.environ.get("SKETCHER"):
            b.js("$('frame').contentWindow.editor.readGenericMolecularInput('CCN')")
        self.look("sketch", False)
        b.js("$('take').click()")
        b.wait("$('text').value", 20)
        self.check(b.js("$('text').value") in ("CCN", "NCC"), "the editor's molecule is taken: " + b.js("$('text').value"))

    def narrow(self):
        b = self.b
        self.size(400, 800)
        self.look("predict-400" if b.js("!$('m-predict').hidden") else "start-400")
        self.mode("search")
        self.put("text", "a sugar with an aromatic ring, under 400 Da")
        self.submit()
        self.look("search-400")
        b.js("$('options').open=true")
        self.look("options-400", False)

    def end(self):
        self.b.process.terminate()
        self.server.terminate()
        self.check(self.server.wait(90) == 0, "the server ends with 0")
        return 1 if self.bad else 0


if __name__ == "__main__":
    test = Test(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "build/page")
    try:
        test.run()
    finally:
        code = test.end()
    sys.exit(code)

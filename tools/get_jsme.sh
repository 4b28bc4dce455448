#!/bin/sh
# JSME as the page's editor of molecules: get_jsme.sh DIR, then molglot serve --sketcher DIR. Takes it out of a package of PyPI
# (needs pip, unzip and the network, once) and writes sketch.html and the notice. JSME is BSD-3-Clause, Novartis and B. Bienfait.
set -eu
dir=${1:?usage: get_jsme.sh DIR}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pip download --quiet --no-deps --dest "$tmp" streamlit-jsme==0.1.10
(cd "$tmp" && unzip -q ./*.whl)
from=$(dirname "$(find "$tmp" -name jsme.nocache.js | head -1)")
[ -d "$from" ] || { echo "get_jsme.sh: the package holds no jsme.nocache.js" >&2; exit 1; }
mkdir -p "$dir"
cp -r "$from" "$dir/jsme"
# styles that the editor asks for and the package lacks; it looks the same without
for css in jsa.css gwt/chrome/chrome.css gwt/chrome/mosaic.css; do
    [ -e "$dir/jsme/$css" ] || { mkdir -p "$(dirname "$dir/jsme/$css")" && : >"$dir/jsme/$css"; }
done
cat >"$dir/NOTICE" <<'TEXT'
JSME Molecule Editor, Copyright (c) 2013-2025 Novartis Institutes for BioMedical Research Inc. and Bruno Bienfait; BSD-3-Clause:
Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:
* Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
* Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation
  and/or other materials provided with the distribution.
* Neither the name of the copyright holders nor the names of its contributors may be used to endorse or promote products derived from this software
  without specific prior written permission.
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES ARE DISCLAIMED.
It holds parts of GWT, Apache Harmony and gwt-mosaic (Apache-2.0).
TEXT
cat >"$dir/sketch.html" <<'TEXT'
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>JSME</title><style>html,body,#editor{margin:0;height:100%}</style>
<script src="jsme/jsme.nocache.js"></script>
<script>
var editor;
function jsmeOnLoad() { editor = new JSApplet.JSME('editor', '100%', '100%', {options: 'oldlook,star,nozoom'}); }
addEventListener('message', function (e) {
    if (e.origin === location.origin && e.data && e.data.molglot === 'get' && editor)
        e.source.postMessage({molglot: 'molecule', smiles: editor.smiles(), molfile: editor.molFile()}, e.origin);
});
</script></head><body><div id="editor"></div></body></html>
TEXT
echo "$dir: JSME; molglot serve --sketcher $dir"

"""Rows as notebooks show them: cards of drawing, name, score and text, each in its own frame of
styles, without scripts."""
from __future__ import annotations

from html import escape
from typing import Any, Dict, List

_STYLE = """<style>
.mg{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:10px;
font:13px/1.4 system-ui,sans-serif;max-width:1100px}
.mg>div{border:1px solid #8885;border-radius:8px;padding:8px;overflow-wrap:anywhere;min-width:0}
.mg svg{width:100%;height:auto;background:#fff;border-radius:5px;display:block}
.mg b{display:block;margin-top:4px}.mg .s{float:right;font-variant-numeric:tabular-nums;opacity:.8}
.mg p{margin:3px 0;opacity:.8;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;
overflow:hidden}.mg code{font-size:11px;opacity:.8;white-space:normal}
.mg .bad{color:#b3261e}</style>"""
MOST = 24


def drawing(smiles: str) -> str:
    from ._core import draw

    try:
        svg = draw(smiles, width=220, height=160, transparent=True)
    except Exception as e:  # a card without a drawing says why
        return f'<p class="bad">{escape(str(e))}</p>'
    return svg[svg.index("<svg"):]


def cards(rows: List[Dict[str, Any]], heading: str = "") -> str:
    """rows: dicts with some of smiles, title, score, text, bad."""
    out = [_STYLE]
    if heading:
        out.append(f"<p><b>{escape(heading)}</b></p>")
    out.append('<div class="mg">')
    for row in rows[:MOST]:
        out.append("<div>")
        if row.get("smiles") and not row.get("bad"):
            out.append(drawing(row["smiles"]))
        score = row.get("score")
        if score is not None and score == score:
            out.append(f'<span class="s">{score:.3f}</span>')
        if row.get("title"):
            out.append(f"<b>{escape(row['title'])}</b>")
        if row.get("bad"):
            out.append(f'<p class="bad">{escape(row["bad"])}</p>')
        if row.get("text"):
            out.append(f"<p>{escape(row['text'])}</p>")
        if row.get("smiles"):
            out.append(f"<code>{escape(row['smiles'])}</code>")
        out.append("</div>")
    out.append("</div>")
    if len(rows) > MOST:
        out.append(f"<p>and {len(rows) - MOST} more</p>")
    return "".join(out)

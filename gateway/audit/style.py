"""How the HTML report looks: in light, in dark, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1a1f2b; --soft: #5a6375; --line: #dfe3ea;
  --accent: #3859c5; --good: #1c7c4a; --bad: #b3261e; --warn: #8a5a00; --grey: #5f6b7a;
  --good-wash: #e5f4ec; --bad-wash: #fbe9e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12151c; --card: #1b2029; --ink: #e8ebf1; --soft: #a3adbf; --line: #313a49;
    --accent: #8aa4ff; --good: #5ecb91; --bad: #ff8a80; --warn: #e9b949; --grey: #97a3b6;
    --good-wash: #173326; --bad-wash: #3d1f1f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
.eyebrow {
  margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .09em;
  text-transform: uppercase;
}
h1 { margin: .1rem 0 0; font-size: 2.1rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 .8rem; font-size: 1.05rem; }
.when { margin: .2rem 0 1.4rem; color: var(--soft); }
.outcome {
  display: flex; gap: .9rem; align-items: center; margin: 0 0 1.25rem; padding: 1rem 1.25rem;
  border: 1px solid currentColor; border-radius: 12px; font-size: 1.1rem;
}
.outcome svg { flex: none; width: 2rem; height: 2rem; }
.outcome path { fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round; }
.outcome circle { fill: none; stroke: currentColor; stroke-width: 1.6; }
.outcome span { color: var(--ink); }
.clean { color: var(--good); background: var(--good-wash); }
.unclean { color: var(--bad); background: var(--bad-wash); }
.tiles, .cards { display: grid; gap: 1rem; padding: 0; margin: 0 0 1rem; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); list-style: none; }
.cards { grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); }
.tiles li, section {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 1.1rem 1.25rem; min-width: 0;
}
.tiles b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650; }
.tiles b, td.count, svg .count { font-variant-numeric: tabular-nums; }
.tiles li { color: var(--soft); font-size: .9rem; }
.tiles b { color: var(--ink); }
main > section { margin: 0 0 1rem; }
section svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 15px; }
svg .count { fill: var(--soft); }
.track { fill: var(--line); }
.bar { fill: var(--accent); }
.s-VERIFIED, .s-OK { fill: var(--good); }
.s-INVALID, .s-REVOKED, .s-MALFORMED { fill: var(--bad); }
.s-EXPIRED, .s-UNKNOWN_KEY { fill: var(--warn); }
.s-UNVERIFIABLE, .s-MISSING { fill: var(--grey); }
.s-REVOKED, .s-UNKNOWN_KEY, .s-MISSING { fill-opacity: .72; }
.s-MALFORMED { fill-opacity: .5; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: .9rem 0 0; padding: 0; }
.legend li { display: flex; gap: .5rem; align-items: center; list-style: none; }
.legend svg { width: .8rem; height: .8rem; }
.legend small { color: var(--soft); font-size: .9rem; }
details { margin-top: .8rem; color: var(--soft); font-size: .9rem; }
summary { cursor: pointer; }
summary:focus-visible, .wide:focus-visible { outline: 2px solid var(--accent); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; color: var(--ink); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th, td { padding: .45rem .8rem .45rem 0; text-align: left; vertical-align: top; }
tbody tr { border-top: 1px solid var(--line); }
td { overflow-wrap: anywhere; min-width: 6rem; }
td.code { font: .86em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
td.word { white-space: nowrap; padding-right: 1.2rem; }
th.count, td.count { text-align: right; padding-right: 0; }
.none { margin: 0; color: var(--soft); }
footer { padding-bottom: 2.5rem; color: var(--soft); font-size: .88rem; }
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #3859c5;
    --good: #1c7c4a; --bad: #b3261e; --warn: #8a5a00; --grey: #5f6b7a;
    --good-wash: #fff; --bad-wash: #fff;
  }
  body { font-size: 10.5pt; }
  * { print-color-adjust: exact; }
  .cards { grid-template-columns: 1fr 1fr; }
  .cards section, .tiles li, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
}
"""

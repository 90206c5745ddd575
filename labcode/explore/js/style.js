// @ts-check
/** How explorers look. Colours come from the page: the book's theme, JupyterLab's, or the system's. */

export const STYLE = `
:host {
  --ink: var(--pst-color-text-base, var(--jp-ui-font-color1, light-dark(#1f2933, #e4e8ee)));
  --faint: var(--pst-color-text-muted, var(--jp-ui-font-color2, light-dark(#5a6472, #a5afbd)));
  --paper: var(--pst-color-background, var(--jp-layout-color1, light-dark(#fff, #16191f)));
  --surface: var(--pst-color-surface, var(--jp-layout-color2, light-dark(#f1f4f7, #23272e)));
  --accent: var(--pst-color-link, var(--jp-content-link-color, light-dark(#0b5cad, #7cb8f5)));
  --tint: color-mix(in srgb, var(--accent) 15%, var(--paper));
  --line: color-mix(in srgb, var(--ink) 22%, var(--paper));
  --wrong: color-mix(in srgb, light-dark(#b3261e, #ff9a8a) 85%, var(--ink));
  display: block; margin: 1.5rem 0; color: var(--ink); color-scheme: inherit;
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.explorer { padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--paper); font: inherit; line-height: 1.5; }

p { margin: .5rem 0; }
.title { margin: 0 0 .75rem; font-size: 1.05rem; font-weight: 600; }
button, input { font: inherit; color: inherit; accent-color: var(--accent); }
button { padding: .25rem .7rem; min-height: 2rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--accent); background: var(--tint); }
button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.fields > div { max-width: 100%; }
.fields { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: .75rem 0; }
.field { display: grid; font-size: .85rem; color: var(--faint); }
.field :is(input, select) { field-sizing: content; min-width: 4rem; max-width: 10rem; min-height: 2rem; padding: .15rem .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); color: var(--ink); font-size: 1rem; }
.tick { display: flex; gap: .4rem; align-items: center; min-height: 2rem; font-size: .9rem; }
[aria-invalid=true] { border: 2px dashed var(--wrong) !important; }
.error { color: var(--wrong); }
.error:empty { display: none; }
.error::before { content: "✗ "; }
.bar { display: flex; gap: .6rem; align-items: center; margin: .75rem 0; }
.bar input { flex: 1; min-width: 5rem; height: 2rem; }
.go { width: 2.75rem; min-height: 2.5rem; font-size: 1.3rem; line-height: 1; padding: 0; }
.place { min-width: 5.5em; color: var(--faint); font-variant-numeric: tabular-nums; text-align: right; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; font-size: .85rem; }
.done::after { content: " ✓"; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.grid { contain: layout style; position: relative; overflow-x: auto; max-width: 100%; padding: 3px; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th { font-weight: 400; font-size: .7rem; color: var(--faint); padding: 0 .3rem; }
td { position: relative; min-width: 2.6rem; height: 2.6rem; padding: 0 .2rem; text-align: center; border: 1px solid var(--line); cursor: pointer; }
td.corner { border: 0; min-width: 0 !important; height: auto !important; cursor: default; }
td.padding { border-style: dashed; color: var(--faint); }
td.beyond { border-color: transparent; }
td.under { background: var(--tint); }
td[data-note]::after { content: attr(data-note); position: absolute; right: 3px; bottom: 0; font-size: .62rem; font-weight: 400; color: var(--accent); }
td.now[data-note]::after { right: 5px; bottom: 2px; }
td[data-uses]::before { content: attr(data-uses) "×"; position: absolute; left: 3px; top: 0; line-height: 1.2; font-size: .62rem; font-weight: 400; color: var(--faint); }
.shaded td { background: color-mix(in srgb, var(--accent) var(--shade, 0%), var(--paper)); }
.shaded td.negative { background: color-mix(in srgb, var(--wrong) var(--shade), var(--paper)); }
td.now { background: var(--tint); box-shadow: inset 0 0 0 3px var(--accent); font-weight: 700; }
td.hit { box-shadow: inset 0 0 0 2px var(--accent), inset 0 0 0 4px var(--paper), inset 0 0 0 5px var(--accent); }
td input { position: absolute; inset: 0; width: 100%; min-width: 3rem; text-align: center; border: 2px solid var(--accent); border-radius: .3rem; background: var(--paper); z-index: 1; }
.told { overflow-x: auto; margin-bottom: .75rem; }
.caption { margin: .75rem 0 0; font-size: .85rem; color: var(--faint); }
.told :is(th, td) { min-width: 0; height: auto; padding: .2rem .6rem; border: 0; border-bottom: 1px solid var(--line); text-align: left; font-size: .85rem; white-space: nowrap; cursor: auto; }
.told .number { text-align: right; }
.told button { min-height: 1.5rem; padding: 0 .5rem; }
.told tr:has([aria-pressed=true]) { background: var(--tint); }
[aria-pressed=true] { border-color: var(--accent); font-weight: 600; }
svg { width: 26rem; max-width: 100%; font-size: 12px; fill: var(--ink); }
path { fill: none; stroke: var(--faint); stroke-width: 2; }
circle { fill: var(--accent); }
.matrix { margin: .75rem 0; }
.matrix svg { display: block; width: 100%; touch-action: pan-y; cursor: pointer; }
.matrix rect { fill: var(--accent); }
.matrix text { font-size: .42px; text-anchor: middle; }
.matrix path { stroke-width: .04; }
.matrix .now { fill: none; stroke: var(--ink); stroke-width: .12; }
.frame { position: absolute; left: 0; top: 0; border: 3px solid var(--accent); border-radius: 4px; pointer-events: none; transition: transform .18s ease-out, width .18s, height .18s; }
.several td { min-width: 2.1rem; height: 2.1rem; font-size: .85rem; }
.several td[data-note] { padding-bottom: .6rem; }
.several td[data-uses] { padding: .6rem 0 0; }
td[data-uses]::after { display: none; }
.small td { min-width: 1.6rem; height: 1.6rem; font-size: .7rem; }
.small td::after { display: none; }
.paper { display: none; }
@media print { .explorer { display: none; } .paper { display: block; } }
@media (max-width: 30rem) { .explorer { padding: .75rem; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;

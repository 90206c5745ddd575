// @ts-check
/** How a workbook looks, on top of what explorers have. */

export const LOOK = `
.explorer { padding: 0; overflow: hidden; }
.head { padding: 1rem 1.25rem .75rem; }
.head p { margin: .25rem 0; color: var(--faint); }
.head .title { color: var(--ink); }
details.problem { border-top: 1px solid var(--line); }
details.problem > summary { display: flex; gap: .75rem; align-items: baseline; padding: .7rem 1.25rem; cursor: pointer; list-style: none; }
details.problem > summary::-webkit-details-marker { display: none; }
details.problem > summary::before { content: "▸"; color: var(--faint); transition: rotate .15s; }
details.problem[open] > summary::before { rotate: 90deg; }
details.problem > summary:hover { background: var(--tint); }
details.problem > summary:focus-visible { outline-offset: -3px; }
.heading { display: flex; flex: 1; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; }
.name { font-weight: 600; }
.level, .count { font-size: .85rem; color: var(--faint); }
.count { margin-left: auto; }
.work { padding: 0 1.25rem 1rem; }
.statement { margin-top: 0; }
.given { display: inline-grid; gap: .1rem .75rem; vertical-align: middle; margin: .2rem .15rem; padding: .15rem .5rem; text-align: right; font-variant-numeric: tabular-nums; line-height: 1.35; }
.given, .brackets { background: linear-gradient(currentColor 0 0) top left / .4rem 1.5px, linear-gradient(currentColor 0 0) bottom left / .4rem 1.5px, linear-gradient(currentColor 0 0) top right / .4rem 1.5px, linear-gradient(currentColor 0 0) bottom right / .4rem 1.5px; background-repeat: no-repeat; border-inline: 1.5px solid; }
.part { margin: .75rem 0 0; padding: .75rem 0 0; border: 0; border-top: 1px dashed var(--line); min-width: 0; }
.part legend { float: left; width: 100%; padding: 0; margin-bottom: .4rem; }
.part legend + * { clear: both; }
.row { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; }
.answer { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; min-width: 0; max-width: 100%; }
.sides { display: flex; flex-wrap: wrap; gap: .5rem .75rem; }
.side { display: flex; gap: .4rem; align-items: center; font-size: .9rem; color: var(--faint); }
input[type=text] { min-height: 2.25rem; padding: .15rem .5rem; border: 1px solid color-mix(in srgb, var(--ink) 55%, var(--paper)); border-radius: .4rem; background: var(--paper); font-size: 1rem; }
.side input { width: 3.2rem; text-align: center; }
.answer > .cell { width: 11rem; max-width: 100%; }
.size .answer > .cell { width: 5rem; text-align: center; }
.unit, .note { font-size: .85rem; color: var(--faint); }
.note { margin: 0; flex-basis: 100%; }
.note:empty { display: none; }
.brackets { flex: 0 1 auto; min-width: 0; max-width: 100%; padding: .4rem .6rem; overflow-x: auto; }
.cells { display: grid; gap: .35rem; width: max-content; }
.cells .cell { width: 100%; text-align: center; padding: .15rem .25rem; }
.check { min-height: 2.25rem; border-color: var(--accent); font-weight: 600; }
.verdict { display: flex; gap: .5rem; margin: .5rem 0 0; padding: .5rem .75rem; border: 1px solid var(--line); border-left: 4px solid var(--wrong); border-radius: .4rem; overflow-wrap: anywhere; }
.verdict:empty { display: none; }
.verdict.good { border-left-color: var(--good); }
.verdict.unread { border-left-color: var(--faint); border-left-style: dashed; }
.verdict::before { content: "✗"; font-weight: 700; color: var(--wrong); }
.verdict.good::before { content: "✓"; color: var(--good); }
.verdict.unread::before { content: "?"; color: var(--faint); }
.asking { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-top: .5rem; font-size: .95rem; }
.asking .cell { width: 6rem; }
.through { margin: .75rem 0 0; }
.through:empty, .solved:empty { display: none; }
.solved { font-weight: 600; }
.help { margin: .75rem 0 0; padding: .6rem 1rem .6rem 2.2rem; border-radius: .5rem; background: var(--surface); overflow-wrap: anywhere; }
.help li + li { margin-top: .3rem; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-top: 1rem; }
.tools .which { display: flex; gap: .4rem; align-items: center; margin-left: auto; font-size: .85rem; color: var(--faint); }
.which input { width: 4rem; min-height: 2rem; padding: .1rem .4rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); }
.foot { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; padding: .75rem 1.25rem; border-top: 1px solid var(--line); font-size: .85rem; color: var(--faint); }
.foot button { color: var(--ink); }
:host { --good: color-mix(in srgb, light-dark(#1a6b35, #7fd99a) 90%, var(--ink)); }
@media (max-width: 30rem) { .head, .work, .foot, details.problem > summary { padding-inline: .75rem; } .tools .which { margin-left: 0; } }
@media (forced-colors: active) { .given, .brackets { border-inline-color: CanvasText; } }
`;

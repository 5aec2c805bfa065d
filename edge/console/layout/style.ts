import { paletteCss } from "../../../templates/pages/palette.ts";

/** The console's whole stylesheet: the patient pages' palette in the clinic's colour, and tones for states. */
export function consoleStyle(accent: string): string {
  return paletteCss(accent) + TONES + LAYOUT + PARTS + NARROW;
}

const TONES = `
:root{--ok:#17603a;--ok-bg:#e0f1e6;--wait:#2f5275;--wait-bg:#e4ecf5;--warn:#744700;--warn-bg:#fbedc8;--bad:#9b1f18;--bad-bg:#fbe3e0;--off:#50565f;--off-bg:#ebe9e3}
@media screen and (prefers-color-scheme:dark){:root{--ok:#93dcae;--ok-bg:#17321f;--wait:#aecbe8;--wait-bg:#1c2b3a;--warn:#f2ca74;--warn-bg:#362a0b;--bad:#ffb4a9;--bad-bg:#401a16;--off:#b4b9c0;--off-bg:#2a2f34}}
`.replace(/\n/g, "");

const LAYOUT = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:4.5rem}
body{margin:0;min-height:100dvh;background:var(--paper);color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:.07em}
h1{margin:0;font-size:1.75rem;line-height:1.15;letter-spacing:-.02em;font-weight:700}
h2{margin:0 0 .75rem;font-size:1.125rem;line-height:1.3;letter-spacing:-.01em}
h3{margin:0;font-size:1rem;line-height:1.35}
p{margin:0 0 .75rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.375rem}
main:focus,.note:focus{outline:0}
.skip{position:absolute;left:.75rem;top:-4rem;z-index:9;padding:.625rem 1rem;border-radius:.625rem;background:var(--ink);color:var(--paper);font-weight:650}
.skip:focus{top:.75rem}
.top{position:sticky;top:0;z-index:5;display:flex;align-items:center;gap:1.25rem;padding:0 max(1.25rem,calc((100vw - 74rem)/2 + 1.25rem));min-height:3.75rem;background:var(--card);border-bottom:1px solid var(--hair)}
.brand{display:flex;align-items:center;gap:.6rem;margin:0;color:inherit;font-weight:700;letter-spacing:-.005em;text-decoration:none;white-space:nowrap}
.brand i{flex:none;width:.85rem;height:.85rem;border-radius:.85rem .85rem .85rem 0;background:var(--accent)}
.top nav{flex:1;display:flex;flex-wrap:wrap;gap:0 .125rem;min-width:0;padding:.25rem;overflow-x:auto;scrollbar-width:none}
.top nav p{display:none}
.top nav ul{display:contents;list-style:none}
.top nav a{display:flex;align-items:center;min-height:2.5rem;padding:0 .625rem;border-radius:.625rem;color:var(--soft);text-decoration:none;font-weight:550;white-space:nowrap}
.top nav a:hover{background:var(--paper);color:var(--ink)}
.top nav a[aria-current]{background:var(--tint);color:var(--accent);font-weight:650}
.me{position:relative}
.me summary{display:flex;align-items:center;gap:.5rem;min-height:2.75rem;padding:0 .25rem;cursor:pointer;list-style:none;border-radius:.625rem}
.me summary::-webkit-details-marker{display:none}
.avatar{display:grid;place-items:center;width:2rem;height:2rem;border-radius:50%;background:var(--accent);color:var(--onaccent);font-size:.75rem;font-weight:700;letter-spacing:.02em}
.sheet{position:absolute;right:0;top:calc(100% + .375rem);width:16rem;padding:1rem;border:1px solid var(--hair);border-radius:.875rem;background:var(--card);box-shadow:0 12px 32px #0003}
.sheet form{display:grid;gap:.5rem}
main{max-width:74rem;margin:0 auto;padding:1.75rem 1.25rem 4rem}
.title{display:flex;flex-wrap:wrap;align-items:flex-end;justify-content:space-between;gap:1rem;margin-bottom:1.25rem}
.lede{margin:.375rem 0 0;max-width:46rem;color:var(--soft);text-wrap:pretty}
.door{display:grid;place-items:center;padding:1.25rem}
.door main{width:min(100%,27rem);padding:2rem 1.75rem;border:1px solid var(--hair);border-radius:1.25rem;background:var(--card)}
.door .brand{margin-bottom:1.5rem;color:var(--soft);font-size:.9375rem}
.door h1{margin-bottom:.625rem}
`.replace(/\n/g, "");

const PARTS = `
button,.button{display:inline-flex;align-items:center;justify-content:center;gap:.5rem;min-height:2.75rem;padding:.375rem 1.125rem;border:1px solid var(--accent);border-radius:.75rem;background:var(--accent);color:var(--onaccent);font:inherit;font-weight:650;text-decoration:none;cursor:pointer}
button:hover,.button:hover{filter:brightness(1.08)}
.plain{background:transparent;border-color:var(--line);color:var(--ink)}
.plain:hover{border-color:var(--accent);color:var(--accent)}
.danger{background:var(--bad);border-color:var(--bad);color:var(--card)}
.small{min-height:2.25rem;padding:.125rem .75rem;font-size:.875rem;border-radius:.625rem}
label{display:block;font-weight:600}
.hint{display:block;color:var(--soft);font-weight:400;font-size:.875rem}
input:not([type=radio],[type=checkbox]),select,textarea{display:block;width:100%;min-height:2.75rem;margin-top:.25rem;padding:.4375rem .75rem;border:1px solid var(--line);border-radius:.75rem;background:var(--card);color:inherit;font:inherit;font-weight:400}
input[type=radio],input[type=checkbox]{width:1.125rem;height:1.125rem;margin:0;accent-color:var(--accent)}
fieldset{margin:0;padding:0;border:0}
legend{padding:0;font-weight:600}
.choice{display:flex;gap:.625rem;align-items:flex-start;padding:.5rem 0;font-weight:400}
.choice input{flex:none;margin-top:.2rem}
.form{display:grid;gap:1rem;max-width:34rem}
.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:flex-end}
.row>*{flex:0 1 auto}
.grow{flex:1 1 12rem!important}
.card{margin:0 0 1.25rem;padding:1.25rem;border:1px solid var(--hair);border-radius:1rem;background:var(--card)}
.card>:last-child{margin-bottom:0}
.cols{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.25rem;align-items:start;margin:0 0 1.25rem}
.cols>.card{margin:0}.title .tabs{margin:0}
.note{margin:0 0 1.25rem;padding:.75rem 1rem;border-radius:.875rem;background:var(--wait-bg);color:var(--wait)}
.note.warn{background:var(--warn-bg);color:var(--warn)}
.note.bad{background:var(--bad-bg);color:var(--bad)}
.note.ok{background:var(--ok-bg);color:var(--ok)}
.note a{color:inherit}
.note p:last-child{margin:0}
.chip{display:inline-flex;align-items:center;gap:.4375rem;padding:.1875rem .625rem;border-radius:1rem;font-size:.875rem;font-weight:600;line-height:1.35;background:var(--off-bg);color:var(--off)}
.chip::before{content:"";flex:none;width:.4375rem;height:.4375rem;border-radius:50%;background:currentColor}
.chip.ok{background:var(--ok-bg);color:var(--ok)}.chip.wait{background:var(--wait-bg);color:var(--wait)}.chip.warn{background:var(--warn-bg);color:var(--warn)}.chip.bad{background:var(--bad-bg);color:var(--bad)}
.fine,.soft{color:var(--soft)}.fine{font-size:.875rem}
.tabs{display:flex;flex-wrap:wrap;gap:.375rem;margin:0 0 1rem;padding:0;list-style:none}
.tabs a{display:inline-flex;align-items:center;gap:.4375rem;min-height:2.25rem;padding:0 .875rem;border:1px solid var(--hair);border-radius:2rem;background:var(--card);color:var(--ink);text-decoration:none;font-weight:550}
.tabs a:hover{border-color:var(--accent)}
.tabs b{color:var(--soft);font-weight:600}
.tabs a[aria-current]{border-color:var(--accent);background:var(--accent);color:var(--onaccent)}
.tabs a[aria-current] b{color:inherit}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:0 0 1.25rem}
.tiles>div{padding:.875rem 1rem;border:1px solid var(--hair);border-radius:1rem;background:var(--card)}
.tiles dt{color:var(--soft);font-size:.875rem}
.tiles dd{margin:.125rem 0 0;font-size:1.5rem;font-weight:700;line-height:1.2;letter-spacing:-.02em}
.table{width:100%;border-collapse:separate;border-spacing:0;border:1px solid var(--hair);border-radius:1rem;background:var(--card)}
.table caption{padding:0 0 .5rem;text-align:left;color:var(--soft)}
.table th{padding:.625rem .875rem;border-bottom:1px solid var(--hair);color:var(--soft);font-size:.8125rem;font-weight:600;text-align:left;white-space:nowrap}
.table td{padding:.6875rem .875rem;border-bottom:1px solid var(--hair);vertical-align:top}
.table tr:last-child td{border-bottom:0}
.table tbody tr:hover td{background:color-mix(in srgb,var(--tint) 45%,transparent)}
.table .strong{font-weight:600}
.table a.strong{color:inherit;text-decoration-color:var(--line)}
.table a.strong:hover{color:var(--accent)}
.sub{display:block;color:var(--soft);font-size:.875rem;font-weight:400}
.num{text-align:right!important}
.empty{margin:0 0 1.25rem;padding:2.5rem 1rem;border:1px dashed var(--line);border-radius:1rem;text-align:center;color:var(--soft)}
.empty p{margin:0}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.375rem 1.25rem;margin:0}
.facts dt{color:var(--soft)}.facts dd{margin:0}
.gates{display:grid;gap:.375rem;margin:0;padding:0;list-style:none}
.gates li{display:grid;grid-template-columns:1.375rem 1fr;gap:.375rem}
.gates li>span:first-child{display:grid;place-items:center;width:1.25rem;height:1.25rem;margin-top:.125rem;border-radius:50%;background:var(--ok-bg);color:var(--ok);font-size:.75rem;font-weight:700}
.gates li.no>span:first-child{background:var(--bad-bg);color:var(--bad)}.gates li.hold>span:first-child{background:var(--warn-bg);color:var(--warn)}.gates li.after{opacity:.75}
.story{margin:0;padding:0 0 0 1.125rem;border-left:2px solid var(--hair);list-style:none}
.story li{position:relative;padding:0 0 .75rem}
.story li::before{content:"";position:absolute;left:-1.4375rem;top:.5rem;width:.5rem;height:.5rem;border-radius:50%;background:var(--line)}
details>summary{cursor:pointer}
.more>summary{padding:.375rem 0;color:var(--accent);font-weight:600}
.held{border-left:.3125rem solid var(--warn)}
.queue{margin-bottom:1.25rem}
.filters{margin-bottom:1.25rem}.filters select{min-width:8rem}
.wide .card>*+*,.wide .only>*+*,.wide .step>*+*{margin-top:1rem}.wide .only{margin-top:1rem;padding-top:1rem;border-top:1px solid var(--hair)}.wide .row{align-items:flex-end}.wide .field{min-width:min(100%,8rem)}
.boxes{display:flex;flex-wrap:wrap;gap:0 1.25rem}
.wrong{margin:.25rem 0 0;color:var(--bad);font-weight:600;font-size:.875rem}
[aria-invalid]{border-color:var(--bad)!important;border-width:2px!important}
.table+.fine{margin-top:1rem}.form+.more{margin-top:.75rem}.outcomes{display:flex;flex-wrap:wrap;gap:.375rem}
.table .name{min-width:15rem}.day td:first-child{white-space:nowrap}
.steps{margin:.375rem 0 0;padding-left:1.25rem;font-size:.875rem;color:var(--soft)}
.plainlist{margin:0 0 .75rem;padding:0;list-style:none}
.said{margin:.25rem 0 .75rem;padding:.625rem .875rem;max-width:34rem;border-radius:.25rem 1rem 1rem 1rem;background:var(--tint);white-space:pre-wrap;overflow-wrap:anywhere}
.blank{padding:0 .25rem;border-bottom:1px dashed var(--line);border-radius:.25rem .25rem 0 0;background:var(--card);color:var(--soft)}
.samples{margin:.5rem 0 0;padding:0;list-style:none}
.id{overflow-wrap:anywhere;font-family:ui-monospace,monospace;font-size:.8125rem}
.between{justify-content:space-between;align-items:flex-start}
.between{flex-wrap:nowrap}.between>:first-child{flex:1 1 0;min-width:min(100%,14rem)}.between>:last-child{flex:0 1 auto;max-width:60%}.card p>.chip{margin-left:.5rem}.between h2{margin-bottom:.125rem}.cols .form{max-width:none}.table .when,.table a[href^="tel:"],.small{white-space:nowrap}
.why{display:grid;grid-template-columns:minmax(0,1fr) 20rem;gap:1.25rem;align-items:start}
.touch{margin-top:1rem;padding-top:1rem;border-top:1px solid var(--hair)}
.touch>.row{margin-bottom:.5rem}
.more{margin-bottom:.5rem}.more[open]>summary{margin-bottom:.25rem}
:target{scroll-margin-top:4.5rem}
.card:target{border-color:var(--accent)}
[hidden]{display:none!important}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`.replace(/\n/g, "");

const NARROW = `
@media (max-width:46rem){
.top{flex-wrap:wrap;gap:0 .75rem;padding:.375rem 1rem 0}
.top .brand{flex:1;min-height:2.75rem}
.top nav{order:3;flex:0 0 calc(100% + 2rem);margin:0 -1rem;padding:0 .5rem;border-top:1px solid var(--hair)}
.top nav{flex-wrap:nowrap}
.who{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
main{padding:1.25rem 1rem 3rem}
h1{font-size:1.5rem}
.stack,.stack tbody{display:block}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack tr{display:grid;grid-template-columns:1fr;gap:.25rem;padding:.75rem 1rem;border-bottom:1px solid var(--hair)}
.stack tr:last-child{border-bottom:0}
.stack td{display:block;padding:0;border:0}
.stack td:empty{display:none}
.stack caption:not(.vh){display:block;padding:.75rem 1rem 0}
.stack .num{text-align:left!important}
.stack td[data-label]::before{content:attr(data-label) ": ";color:var(--soft);font-size:.875rem}
.why{grid-template-columns:minmax(0,1fr);gap:0}
.between{flex-wrap:wrap}.between>:last-child{max-width:100%}
.day tr{grid-template-columns:1fr auto}
.day td:nth-child(1){grid-area:1/2}.day td:nth-child(2){grid-area:1/1}.day td:nth-child(3){grid-area:2/1/3/3}.day td:nth-child(4){grid-area:3/1/4/3}
.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}
}
@media (min-width:72rem){
html{scroll-padding-top:1rem}
body:not(.door){display:grid;grid-template-columns:14rem minmax(0,1fr);align-items:start}
.top{flex-direction:column;align-items:stretch;gap:.5rem;height:100dvh;padding:1.25rem .75rem .75rem;border-bottom:0;border-right:1px solid var(--hair)}
.top .brand{padding:0 .625rem .25rem;white-space:normal;line-height:1.3}
.top nav{flex:1;flex-flow:column;padding:0;overflow:hidden auto}
.top nav p{display:block;margin:.75rem 0 .125rem;padding:0 .625rem;color:var(--soft);font-size:.8125rem}
.top nav ul{display:block;margin:0;padding:0}
.top nav a{min-height:2.125rem}
.me{border-top:1px solid var(--hair);padding-top:.5rem}
.sheet{right:auto;left:0;top:auto;bottom:calc(100% + .375rem)}
main{width:100%;max-width:74rem;padding:1.75rem 2rem 4rem}
}
@media print{body:not(.door){display:block}.top,.skip,form,.tabs{display:none}body{background:none}}
@media (prefers-reduced-motion:no-preference){.chip,.tabs a,button{transition:background-color .12s,border-color .12s}}
`.replace(/\n/g, "");

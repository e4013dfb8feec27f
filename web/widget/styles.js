/**
 * The widget's looks. A page that embeds it may set on the element:
 * --zhida-accent, --zhida-on-accent, --zhida-accent-soft, --zhida-font, and the
 * attributes theme="light|dark" (else the device decides) and assisted (larger).
 */
const light = `
  --surface: #ffffff; --sunken: #f4f3ee; --ink: #1a1d1b; --muted: #5c635e; --rule: #e4e2da; --edge: #878d88;
  --accent: var(--zhida-accent, #0a7257); --on-accent: var(--zhida-on-accent, #ffffff);
  --accent-soft: var(--zhida-accent-soft, #e4f1ec); --alarm: #a8321f;
`;
const dark = `
  --surface: #1a1d1b; --sunken: #252a27; --ink: #e9ece9; --muted: #a3aba6; --rule: #2e3330; --edge: #727a75;
  --accent: var(--zhida-accent, #4fcaa0); --on-accent: var(--zhida-on-accent, #05261b);
  --accent-soft: var(--zhida-accent-soft, #16332a); --alarm: #ff9c8c;
`;

const css = `
:host { ${light}
  display: block; min-height: 20rem; height: 100%; font-size: 1rem; color-scheme: light;
}
:host([hidden]) { display: none; }
:host([assisted]) { font-size: 1.25rem; }
:host([theme="dark"]) { ${dark} color-scheme: dark; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} color-scheme: dark; } }

*, *::before, *::after { box-sizing: border-box; scrollbar-width: thin; scrollbar-color: var(--rule) transparent; }
[hidden] { display: none !important; }
ol { list-style: none; margin: 0; padding: 0; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}

.root {
  position: relative; display: flex; flex-direction: column; height: 100%; min-height: inherit;
  background: var(--surface); color: var(--ink);
  font-family: var(--zhida-font, -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB",
    "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", system-ui, sans-serif);
  line-height: 1.55; text-align: start; text-autospace: normal; line-break: strict;
}
.root:lang(en) {
  font-family: var(--zhida-font, "Latin marks", -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "PingFang SC",
    "Hiragino Sans GB", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", system-ui, sans-serif);
}

header {
  display: flex; align-items: center; gap: .5rem; min-height: 3.25em; padding: .25em 1em;
  border-bottom: 1px solid var(--rule);
}
h2 { margin: 0; font-size: 1em; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.net { margin-inline-start: auto; font-size: .75em; color: var(--muted); white-space: nowrap; }
.offline {
  margin: 0; padding: .6em 1.25em; background: var(--sunken); border-bottom: 1px solid var(--rule);
  font-size: .8125em; color: var(--ink); text-wrap: pretty;
}

.scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding: .75em 1em 1em; }
.earlier { display: block; margin: 0 auto .5em; }
.soft {
  min-height: 2.75em; padding: 0 1em; border: 0; border-radius: 99em; background: none;
  font-size: .8125em; color: var(--muted);
}
.soft:hover { color: var(--ink); }

.day { margin: 1em 0 .25em; text-align: center; font-size: .75em; color: var(--muted); }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 1em; }
.message .who { display: flex; align-items: center; gap: .35em; margin: 0 .15em .3em; font-size: .75em; line-height: 1.4; color: var(--muted); }
.message .who svg { width: 1.25em; height: 1.25em; flex: none; }
.message time { font-variant-numeric: tabular-nums; }
.message .bubble {
  max-width: min(85%, 32em); padding: .6em .9em; border-radius: 1.125em; border-start-start-radius: .3em;
  background: var(--sunken); overflow-wrap: anywhere; white-space: pre-wrap;
}
.message bdi { display: block; }
.message .who bdi { display: inline; }
.message[data-author="customer"] { align-items: flex-end; }
.message[data-author="customer"] .bubble {
  background: var(--accent); color: var(--on-accent);
  border-start-start-radius: 1.125em; border-end-end-radius: .3em;
}
.message[data-author="person"] .who { color: var(--accent); font-weight: 600; }
.message[data-author="person"] .who time { font-weight: 400; color: var(--muted); }
.message[data-author="person"] .bubble { background: var(--accent-soft); }
.message[data-purpose="acknowledgement"] .bubble { background: none; box-shadow: inset 0 0 0 1px var(--accent); }
.message[data-purpose="notice"] .bubble { background: none; box-shadow: inset 0 0 0 1px var(--rule); }
.message[data-unsent] .bubble { background: var(--accent-soft); color: var(--ink); }
.message[data-unsent="failed"] .bubble { background: none; box-shadow: inset 0 0 0 1.5px var(--alarm); }
.fate { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: .25em .75em; margin: .2em .15em 0; font-size: .75em; color: var(--muted); }
.fate .why { color: var(--alarm); text-align: end; }
.again {
  min-height: 2.75rem; padding: 0 1em; border: 1px solid var(--rule); border-radius: 99em; background: none;
  color: var(--ink); font-weight: 500;
}
.out {
  display: none; min-height: 2.75rem; margin-top: .5em; padding: 0 1.1em; border: 1px solid var(--accent); border-radius: 99em;
  background: none; color: var(--accent); font-size: .875em; font-weight: 600;
}
.out:hover { background: var(--accent-soft); }
[data-status="bot"] .out, [data-status="closed"] .out { display: inline-flex; align-items: center; }

.typing { margin: .9em .15em 0; font-size: .8125em; color: var(--muted); }
.newest {
  position: absolute; inset-inline: 0; margin: 0 auto; width: max-content; transform: translateY(calc(-100% - .75em));
  display: flex; align-items: center; gap: .35em; min-height: 2.75rem; padding: 0 1em; border: 1px solid var(--rule); border-radius: 99em;
  background: var(--surface); font-size: .8125em; font-weight: 500; box-shadow: 0 6px 20px -6px rgb(0 0 0 / .25);
}
.newest svg { width: 1.1em; height: 1.1em; }

.way {
  position: relative; display: flex; align-items: center; gap: .75em; min-height: 4em; padding: .5em 1em;
  border-top: 1px solid var(--rule);
}
.way::before { content: ""; position: absolute; inset: -1px auto auto 0; width: 100%; height: 2px; background: none; }
[data-status="waiting"] .way::before {
  background: linear-gradient(90deg, transparent, var(--accent), transparent) 0 0 / 40% 100% no-repeat;
  animation: pass 2.4s linear infinite;
}
[data-status="human"] .way::before { background: var(--accent); }
@keyframes pass { from { background-position: -70% 0; } to { background-position: 170% 0; } }
.where { flex: 1; min-width: 0; line-height: 1.35; }
.where p { margin: 0; }
.where .now { font-size: .875em; color: var(--muted); }
.where .when { font-size: .8125em; color: var(--muted); }
[data-status="waiting"] .now, [data-status="human"] .now { color: var(--ink); font-weight: 600; font-size: .9375em; font-variant-numeric: tabular-nums; }
.person {
  flex: none; max-width: 55%; min-height: 2.75rem; padding: .3em 1.2em; border: 1px solid var(--accent); border-radius: 99em;
  background: var(--accent); color: var(--on-accent); font-size: .9375em; font-weight: 600; line-height: 1.25;
}
.person:hover { filter: brightness(1.06); }
.person[aria-disabled="true"] {
  background: var(--accent-soft); border-color: transparent; color: var(--accent); cursor: default; filter: none;
  font-size: .8125em; font-weight: 600;
}

form { display: flex; align-items: flex-end; gap: .5em; padding: 0 .75em .75em; }
textarea {
  flex: 1; min-width: 0; min-height: 2.75rem; max-height: 8.5rem; padding: .55em .95em; resize: none;
  border: 1px solid var(--edge); border-radius: 1.375rem; background: var(--surface);
  font-size: max(1em, 16px); line-height: 1.5;
}
textarea::placeholder { color: var(--muted); opacity: 1; }
textarea:focus { outline: 2px solid var(--accent); outline-offset: -1px; border-color: transparent; }
.send {
  flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; padding: 0; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); transition: background-color .15s, color .15s;
}
.send:disabled { background: var(--sunken); color: var(--muted); cursor: default; }
.left { margin: 0 1.25em .5em; text-align: end; font-size: .75em; color: var(--muted); }

@media (prefers-reduced-motion: reduce) {
  *, *::before { animation: none !important; transition: none !important; }
  [data-status="waiting"] .way::before { background: var(--accent); }
}
@media (forced-colors: active) { .bubble, .person, .send { border: 1px solid; } }
`;

/** Gives a shadow root the widget's looks; a style sheet made by script needs no style-src. */
export function dress(root) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}

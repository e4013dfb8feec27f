/**
 * The widget's looks. What a page may set is documented in docs/embed.md: each colour
 * below as --zhida-<name>, --zhida-font, --zhida-radius, --zhida-button-radius and
 * --zhida-space, and the attributes theme and assisted.
 */
const light = themed({
  surface: '#ffffff', sunken: '#f4f3ee', ink: '#1a1d1b', muted: '#5c635e', rule: '#e4e2da', edge: '#7d837e',
  accent: '#0a7257', 'on-accent': '#ffffff', 'accent-soft': '#e4f1ec', alarm: '#a8321f',
});
const dark = themed({
  surface: '#1a1d1b', sunken: '#252a27', ink: '#e9ece9', muted: '#a3aba6', rule: '#2e3330', edge: '#727a75',
  accent: '#4fcaa0', 'on-accent': '#05261b', 'accent-soft': '#16332a', alarm: '#ff9c8c',
});

function themed(colours) {
  return Object.entries(colours).map(([name, colour]) => `--${name}: var(--zhida-${name}, ${colour});`).join(' ');
}

const css = `
:host { ${light}
  --radius: var(--zhida-radius, 1.125em); --pill: var(--zhida-button-radius, 99em); --space: var(--zhida-space, 1em); --target: max(44px, 2rem);
  display: block; height: 100%; min-height: min(20rem, 100vh); max-height: 100vh; font-size: 1rem; color-scheme: light;
}
@supports (height: 100dvh) { :host { min-height: min(20rem, 100dvh); max-height: 100dvh; } }
:host([hidden]) { display: none; }
:host([assisted]) { --target: max(48px, 2.5rem); font-size: 1.25rem; }
:host([theme="dark"]) { ${dark} color-scheme: dark; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} color-scheme: dark; } }

*, *::before, *::after { box-sizing: border-box; scrollbar-width: thin; scrollbar-color: var(--rule) transparent; }
[hidden] { display: none !important; }
ol { list-style: none; margin: 0; padding: 0; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.quiet-read {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}

.root { position: relative; height: 100%; min-height: inherit; background: var(--surface); }
.stack {
  position: absolute; inset: 0; container-type: size; display: flex; flex-direction: column; overflow: hidden; color: var(--ink);
  font-family: var(--zhida-font, -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB",
    "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", system-ui, sans-serif);
  line-height: 1.55; text-align: start; text-autospace: normal; line-break: strict;
}
.root:lang(en) .stack {
  font-family: var(--zhida-font, "Latin marks", -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "PingFang SC",
    "Hiragino Sans GB", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", system-ui, sans-serif);
}

header {
  display: flex; align-items: center; gap: .5rem; min-height: 3.25em; padding: .25em var(--space);
  border-bottom: 1px solid var(--rule);
}
h2 { margin: 0; min-width: 0; unicode-bidi: plaintext; text-align: start; font-size: 1em; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.net { margin-inline-start: auto; font-size: .75em; color: var(--muted); white-space: nowrap; }
/* Our own sentences read in their own direction, at the side where the page begins its lines. */
:is(.net, .leave, .now, .when, .offline, .typing, .confirm p, .left, .why) { unicode-bidi: plaintext; text-align: -webkit-match-parent; text-align: match-parent; }
.who > span { unicode-bidi: plaintext; }
.offline {
  margin: 0; padding: .6em 1.25em; background: var(--sunken); border-bottom: 1px solid var(--rule);
  font-size: .8125em; color: var(--ink); text-wrap: pretty;
}

.scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding: .75em var(--space) 1em; }
.scroll:focus-visible { outline-offset: -2px; }
.earlier { display: block; margin: 0 auto .5em; }
.soft {
  min-height: var(--target); padding: 0 1em; border: 0; border-radius: var(--pill); background: none;
  font-size: .8125em; color: var(--muted);
}
.soft:hover { color: var(--ink); }

.greeting { max-width: 24em; margin: 1.5em auto; text-align: center; text-wrap: balance; color: var(--muted); }
.greeting p { margin: 0; unicode-bidi: plaintext; }
.day { margin: 1em 0 .25em; text-align: center; font-size: .75em; color: var(--muted); }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 1em; }
.message .who { display: flex; align-items: center; gap: .35em; margin: 0 .15em .3em; font-size: .75em; line-height: 1.4; color: var(--muted); }
.message .who svg { width: 1.25em; height: 1.25em; flex: none; }
.message time { font-variant-numeric: tabular-nums; }
.message .bubble {
  max-width: min(85%, 32em); padding: .6em .9em; border-radius: var(--radius); border-start-start-radius: min(.3em, var(--radius));
  background: var(--sunken); overflow-wrap: anywhere; white-space: pre-wrap;
}
.message bdi { display: block; unicode-bidi: plaintext; text-align: start; }
.bubble a { color: inherit; text-underline-offset: .2em; }
.message .who bdi { display: inline; unicode-bidi: isolate; }
.message[data-author="customer"] { align-items: flex-end; }
.message[data-author="customer"] .bubble {
  background: var(--accent); color: var(--on-accent);
  border-start-start-radius: var(--radius); border-end-end-radius: min(.3em, var(--radius));
}
.message[data-author="person"] .who { color: var(--accent); font-weight: 600; }
.message[data-author="person"] .who time { font-weight: 400; color: var(--muted); }
.message[data-author="person"] .bubble { background: var(--accent-soft); }
.message[data-purpose="acknowledgement"] .bubble { background: none; box-shadow: inset 0 0 0 1px var(--accent); }
.message[data-purpose="notice"] .bubble { background: none; box-shadow: inset 0 0 0 1px var(--rule); }
.message[data-unsent] .bubble { background: var(--accent-soft); color: var(--ink); }
.message[data-unsent="failed"] .bubble { background: none; box-shadow: inset 0 0 0 1.5px var(--alarm); }
.fate { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: .25em .75em; margin: .2em .15em 0; font-size: .75em; color: var(--muted); }
.fate .soft { font-size: 1em; }
.fate .why { color: var(--alarm); text-align: end; }
.again {
  min-height: var(--target); padding: 0 1em; border: 1px solid var(--rule); border-radius: var(--pill); background: none;
  color: var(--ink); font-weight: 500;
}
.out {
  display: none; min-height: var(--target); margin-top: .5em; padding: 0 1.1em; border: 1px solid var(--accent); border-radius: var(--pill);
  background: none; color: var(--accent); font-size: .875em; font-weight: 600;
}
.out:hover { background: var(--accent-soft); }
[data-status="bot"] .out, [data-status="closed"] .out { display: inline-flex; align-items: center; }

.typing { margin: .9em .15em 0; font-size: .8125em; color: var(--muted); }
.newest {
  position: absolute; inset-inline: 0; margin: 0 auto; width: max-content; transform: translateY(calc(-100% - .75em));
  display: flex; align-items: center; gap: .35em; min-height: var(--target); padding: 0 1em; border: 1px solid var(--rule); border-radius: var(--pill);
  background: var(--surface); font-size: .8125em; font-weight: 500; box-shadow: 0 6px 20px -6px rgb(0 0 0 / .25);
}
.newest svg { width: 1.1em; height: 1.1em; }

.callback { flex: none; padding-inline: var(--space); max-height: 45%; overflow-y: auto; }
.way {
  position: relative; flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: .5em .75em; min-height: 4em; padding: .5em var(--space);
  border-top: 1px solid var(--rule);
}
.way::before { content: ""; position: absolute; inset-block-start: -1px; inset-inline: 0; height: 2px; background: none; }
[data-status="waiting"] .way::before {
  background: linear-gradient(90deg, transparent, var(--accent), transparent) 0 0 / 40% 100% no-repeat;
  animation: pass 2.4s linear infinite;
}
[data-status="human"] .way::before { background: var(--accent); }
@keyframes pass { from { background-position: -70% 0; } to { background-position: 170% 0; } }
.place { flex: 1 1 6.5em; min-width: 0; line-height: 1.35; }
.where p { margin: 0; }
.where .now { font-size: .875em; color: var(--muted); }
.where .when { font-size: .8125em; color: var(--muted); }
[data-status="waiting"] .now, [data-status="human"] .now { color: var(--ink); font-weight: 600; font-size: .9375em; font-variant-numeric: tabular-nums; }
.person {
  flex: 0 1 auto; max-width: 100%; min-height: var(--target); padding: .3em 1.2em; border: 1px solid var(--accent); border-radius: var(--pill);
  background: var(--accent); color: var(--on-accent); font-size: .9375em; font-weight: 600; line-height: 1.25;
}
.person:hover { filter: brightness(1.06); }
.person[aria-disabled="true"] {
  background: var(--accent-soft); border-color: transparent; color: var(--accent); cursor: default; filter: none;
  font-size: .8125em; font-weight: 600;
}

.leave {
  min-height: 1.75rem; padding: 0; border: 0; background: none; color: var(--muted); font-size: .8125em;
  text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .25em;
}
.leave:hover { color: var(--ink); }
.leave[aria-disabled="true"] { color: var(--muted); text-decoration: none; cursor: default; }
.confirm { flex: 1 0 100%; display: flex; flex-wrap: wrap; align-items: center; gap: .5em; font-size: .875em; }
.confirm p { flex: 1 1 100%; margin: 0; line-height: 1.4; }
.confirm button { flex: 1; min-height: var(--target); padding: .2em .9em; border: 1px solid var(--edge); border-radius: var(--pill); background: none; font-weight: 600; line-height: 1.25; }
.confirm .stay { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.way:has(.confirm:not([hidden])) .person { display: none; }

.composer { flex: none; padding: 0 .75em .75em; }
.line { display: flex; align-items: flex-end; gap: .5em; }
textarea {
  flex: 1; min-width: 0; min-height: var(--target); max-height: 8.5rem; padding: .55em .95em; resize: none;
  border: 1px solid var(--edge); border-radius: calc(var(--target) / 2); background: var(--surface);
  font-size: max(1em, 16px); line-height: 1.5; text-align: start;
}
textarea::placeholder { color: var(--muted); opacity: 1; }
textarea:placeholder-shown { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
textarea:focus { outline: 2px solid var(--accent); outline-offset: -1px; border-color: transparent; }
.send {
  flex: none; display: grid; place-items: center; width: var(--target); height: var(--target); padding: 0; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); transition: background-color .15s, color .15s;
}
.send svg { width: 1.25em; height: 1.25em; }
.send:disabled { background: var(--sunken); color: var(--muted); cursor: default; }
.tools { display: contents; }
.tool {
  flex: none; display: grid; place-items: center; width: min(2.75rem, 34px); height: 2.75rem; margin-inline-end: -.25em; padding: 0; border: 0;
  border-radius: .75rem; background: none; color: var(--muted);
}
:host([assisted]) .tool { width: 44px; margin: 0; }
.tool:hover { color: var(--ink); background: var(--sunken); }
.tool:disabled { opacity: .5; cursor: default; }
.left { margin: .4em .5em 0; text-align: end; font-size: .75em; color: var(--muted); }
.left:empty { display: none; }

:host([assisted]) :is(.who, .now, .when, .fate, .out, .person, .confirm, .leave, .soft, .offline, .newest, .day) { font-size: 1em; }
:host([assisted]) time { display: none; }
:host([assisted]) .way { border-top: 0; border-bottom: 1px solid var(--rule); }
:host([assisted]) .person { flex: 1 1 8em; max-width: none; }
:host([assisted]) .person[aria-disabled="true"] { display: none; } /* what stands beside it says the same */
:host([assisted]) .leave { min-height: var(--target); }

/* Little height, as above an on-screen keyboard: the way to a person and the input stay, the rest gives way. */
/* Large type on a narrow screen: what is written has the width. */
@container (max-width: 15rem) {
  .line { gap: .2em; }
  textarea { padding-inline: .5em; }
}
@container (max-width: 15rem) and (min-height: 20rem) {
  .line { flex-wrap: wrap; }
  textarea { order: -1; flex-basis: 100%; }
  .send { margin-inline-start: auto; }
  .tool, :host([assisted]) .tool { width: var(--target); height: var(--target); }
  .tool svg { width: 1.4em; height: 1.4em; }
}
@container (max-height: 19rem) {
  header { display: none; }
  .scroll { padding-block: .25em .5em; }
  .offline { flex: none; padding-block: .25em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .person[aria-disabled="true"] { display: none; }
  .stack:has(.confirm:not([hidden])) :is(.composer, .when) { display: none; }
  .way { min-height: 0; padding-block: .25em; }
  .composer { padding-block-end: .4em; }
  textarea { max-height: 4.5rem; padding-block: .3em; }
}
@container (max-height: 15rem) {
  .offline { padding-block: 0; }
  .way { padding-block: .1em; }
  .composer { padding-block-end: .2em; }
  .message { margin-top: .4em; }
  .out, .earlier, .greeting, .callback:not(:focus-within) { display: none !important; }
}

@media (prefers-reduced-motion: reduce) {
  *, *::before { animation: none !important; transition: none !important; }
  [data-status="waiting"] .way::before { background: var(--accent); }
}
@media (forced-colors: active) {
  .bubble, .person, .send, .stay { border: 1px solid; }
  .person:not([aria-disabled="true"]), .confirm .stay { forced-color-adjust: none; background: ButtonText; color: ButtonFace; border-color: ButtonText; }
  .send:disabled, .person[aria-disabled="true"] { color: GrayText; border-color: GrayText; }
}
`;

/** Gives a shadow root the widget's looks; a style sheet made by script needs no style-src. */
export function dress(root) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}

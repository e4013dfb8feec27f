/** The looks of pictures, sounds, files and what is on its way; a part of styles.js. */
export const mediaCSS = `
.tools { display: contents; }
.tool {
  flex: none; display: grid; place-items: center; width: min(2.75rem, 34px); height: 2.75rem; margin-inline-end: -.25em; padding: 0; border: 0;
  border-radius: .75rem; background: none; color: var(--muted);
}
:host([assisted]) .tool { width: 44px; margin: 0; }
.tool:hover { color: var(--ink); background: var(--sunken); }
.tool:disabled { opacity: .5; cursor: default; }
.message .bubble.media { display: grid; gap: .4em; justify-items: start; white-space: normal; }
.bubble.media > bdi { white-space: pre-wrap; }
.picture { display: block; }
.picture img { display: block; width: auto; height: auto; max-width: 100%; max-height: 15rem; border-radius: .6em; background: var(--sunken); }
.sound { display: flex; flex-wrap: wrap; align-items: center; gap: .3em .6em; max-width: 100%; }
.sound audio { width: 15rem; max-width: 100%; height: 2.75rem; }
.file { display: flex; align-items: center; gap: .6em; min-height: 2.75rem; color: inherit; text-decoration: none; }
.file .name { overflow-wrap: anywhere; text-decoration: underline; text-underline-offset: .15em; }
.file .size, .sound .size { flex: none; font-size: .8125em; opacity: .85; }
.file .end { flex: none; padding: .1em .4em; border: 1px solid; border-radius: .35em; font-size: .6875em; font-weight: 700; }
.under-way { display: flex; align-items: center; gap: .5em; }
.under-way progress { width: 8em; height: .4em; accent-color: var(--accent); }
.recording { display: flex; align-items: center; gap: .6em; padding: 0 1em .5em; font-size: .875em; color: var(--alarm); font-weight: 600; }
.recording .clock { margin-inline-end: auto; font-variant-numeric: tabular-nums; }
.lamp { width: .75em; height: .75em; border-radius: 50%; background: var(--alarm); animation: lamp 1.2s ease-in-out infinite; }
@keyframes lamp { 50% { opacity: .3; } }
`;

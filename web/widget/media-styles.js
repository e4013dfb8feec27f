/** The looks of pictures, sounds, files and what is on its way, with the properties of styles.js. */
export const mediaCSS = `
.message .bubble.media { display: grid; gap: .4em; justify-items: start; white-space: normal; }
.bubble.media > bdi { white-space: pre-wrap; }
.message .bubble.media:has(> .picture:only-child) { padding: .35em; }
.card { position: relative; display: grid; gap: .2em; max-width: 100%; padding: .15em 0 .15em .75em; border-inline-start: .2em solid; }
.card a { font-weight: 600; }
.card a::after { content: ""; position: absolute; inset: 0; } /* all of the card can be tapped */
.card .described { font-size: .875em; white-space: pre-wrap; }
.card .host { font-size: .8125em; opacity: .85; }
.picture { display: block; min-width: 2.75rem; min-height: 2.75rem; }
.picture img { display: block; max-width: 100%; max-height: 15rem; border-radius: calc(var(--radius) - .35em); background: var(--sunken); }
.picture .sized { width: min(1px * var(--width), 15rem * var(--width) / var(--height)); aspect-ratio: var(--width) / var(--height); max-height: none; }
.sound { display: flex; align-items: center; gap: .6em; max-width: 100%; font-variant-numeric: tabular-nums; }
.sound audio::-webkit-media-controls-time-remaining-display { display: none; } /* a recording does not tell its length: the message does */
.sound audio { flex: 0 1 13rem; min-width: 3.5rem; height: 2.75rem; }
.file { display: flex; align-items: center; gap: .6em; min-height: 2.75rem; color: inherit; text-decoration: none; }
.file .name { overflow-wrap: anywhere; text-decoration: underline; text-underline-offset: .15em; }
.noted { display: grid; }
.note { font-size: .8125em; opacity: .85; }
.note .soft, .note .soft:hover { color: inherit; font-size: 1em; text-decoration: underline; text-underline-offset: .25em; }
.file .size, .sound .size { flex: none; font-size: .8125em; opacity: .85; }
.file .end { flex: none; padding: .1em .4em; border: 1px solid; border-radius: .35em; font-size: .6875em; font-weight: 700; }
.fate .soft { font-size: 1em; }
.under-way { display: flex; align-items: center; gap: .5em; }
.under-way progress { width: 8em; height: .4em; accent-color: var(--accent); }
.recording { display: flex; flex-wrap: wrap; align-items: center; gap: .6em; padding: 0 1em .5em; font-size: .875em; color: var(--alarm); font-weight: 600; }
.recording button { white-space: nowrap; }
.recording .clock { margin-inline-end: auto; font-variant-numeric: tabular-nums; }
.lamp { flex: none; width: .75em; height: .75em; border-radius: 50%; background: var(--alarm); animation: lamp 1.2s ease-in-out infinite; }
@keyframes lamp { 50% { opacity: .3; } }
`;

import {drawParts as draw} from '../common/media.js';
import {el} from '../common/dom.js';
import {mediaCSS} from './media-styles.js';
import {mediaTexts} from './media-texts.js';

export {Uploads} from './uploads.js';
export {Voice} from './voice.js';

/** Gives a widget the looks and the words of media. */
export function equip(root, texts) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(mediaCSS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  for (const [language, words] of Object.entries(mediaTexts)) Object.assign(texts[language], words);
}

/** Draws a message's media into its row, and how far its upload is. */
export function drawParts(row, message, session, t) {
  draw(row.bubble, message.parts, {t, base: session.base, sent: Boolean(message.key), now: () => session.socket.clock.now(), fresh: () => fresh(session, message.key)});
  const progress = row.querySelector('progress');
  if (progress && message.local) progress.value = message.local.progress;
}

/** How far a message's upload is, and the way to end it. */
export function addControls(row, {id, local, media, failed}, t, onCancel) {
  if (failed || !local || media) return;
  row.append(el('div', {class: 'fate under-way'}, el('progress', {max: '1', value: '0', 'aria-label': t('uploading')}),
    el('button', {type: 'button', class: 'soft', test: 'cancel', text: t('cancel'), on: {click: () => onCancel(id)}})));
}

/** New addresses for the media of a message: the page that ends with it is read again. */
async function fresh(session, key) {
  if (!session.socket.send({type: 'history', before: `${key}~`})) return;
  session.renewing = key;
  do await new Promise((done) => session.addEventListener('change', done, {once: true}));
  while (session.renewing === key);
}

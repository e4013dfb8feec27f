import {el, follow, icon, icons, isolate, setText} from '../common/dom.js';
import {setLinked} from '../common/links.js';
import {day, sameDay, timeOfDay} from '../common/locale.js';
import {reasonOf} from './announcer.js';

/**
 * The messages, oldest first, each saying who speaks (P11), and after them what
 * is not yet sent.
 */
export class MessageList {
  /** @param {{kit: import('./kit.js').Kit, onRetry: (id: string) => void, onCancel: (id: string) => void, onAsk: () => void, onLink: (event: MouseEvent, href: string) => void}} actions */
  constructor({kit, onRetry, onCancel, onAsk, onLink}) {
    this.kit = kit;
    this.onRetry = onRetry;
    this.onCancel = onCancel;
    this.onAsk = onAsk;
    this.node = el('ol', {class: 'log', role: 'list', on: {click: (event) => {
      const link = event.target.closest('a');
      if (link && !event.defaultPrevented) onLink(event, link.href);
    }}}); // said again: without bullets Safari takes it for none
  }

  /** @param {import('./session.js').ChatSession} session */
  draw(session, t) {
    follow(this.node, rows(session), (row) => row.row, (row) => this.#make(row), (node, row) => this.#update(node, row, session, t));
  }

  #make({day: date, message}) {
    if (date) return el('li', {class: 'day', part: 'day'});
    const who = el('div', {class: 'who', part: 'who'});
    const words = isolate('');
    setLinked(words, message.text);
    const bubble = el('div', {class: 'bubble', part: 'bubble'}, words);
    const node = el('li', {class: 'message', part: `message ${message.author}`, test: 'message'}, who, bubble);
    return Object.assign(node, {who, bubble});
  }

  #update(node, {day: date, message, unsent}, session, t) {
    if (date) return setText(node, dayName(date, t));
    node.dataset.author = message.author;
    if (message.purpose) node.dataset.purpose = message.purpose;
    if (message.key) node.dataset.key = message.key;
    const media = message.parts && this.#media();
    media?.drawParts(node, message, session, t);
    const look = [t.language, unsent ? (message.failed ?? 'sending') : '', Boolean(media), message.media, message.at, message.way].join('|');
    if (node.look === look) return;
    node.look = look;
    this.#label(node.who, message, unsent, t);
    while (node.children.length > 2) node.lastChild.remove();
    if (unsent) {
      node.dataset.unsent = message.failed ? 'failed' : 'sending';
      if (message.failed) node.append(this.#failure(node, message, t));
      media?.addControls(node, message, t, this.onCancel);
    } else delete node.dataset.unsent;
    if (message.way && message.author === 'bot') {
      node.append(el('button', {type: 'button', class: 'out', part: 'way-button', test: 'way', text: t('askButton'), on: {click: this.onAsk}}));
    }
  }

  #label(who, message, unsent, t) {
    const time = el('time', {datetime: new Date(message.at).toISOString(), text: timeOfDay(message.at, t.language)});
    if (message.author === 'customer') {
      const fate = unsent ? (message.failed ? t('failed') : t('sending')) : '';
      return who.replaceChildren(el('span', {text: t('customer')}), fate ? el('span', {text: fate}) : time);
    }
    const symbol = icon(message.author === 'person' ? icons.person : icons.bot);
    if (message.author !== 'person' || !message.name) return who.replaceChildren(symbol, el('span', {text: t(message.author)}), time);
    const [before, after] = t('personNamed').split('{name}');
    who.replaceChildren(symbol, el('span', {}, before, isolate(message.name), after), time);
  }

  /** What draws media; until it is here they are told in words. */
  #media() {
    this.kit.fetch().catch(() => {});
    return this.kit.media;
  }

  /** Beside the message, and tied to it: "try again" says what, and why it is needed. */
  #failure(node, message, t) {
    const [why, what] = [`why-${message.id}`, `what-${message.id}`];
    node.bubble.id = what;
    return el('div', {class: 'fate'},
      el('span', {class: 'why', id: why}, isolate(reasonOf(message, t)), ` (${message.failed})`),
      el('button', {type: 'button', class: 'again', part: 'retry', test: 'again', 'aria-describedby': `${why} ${what}`, text: t('retry'), on: {click: () => this.onRetry(message.id)}}));
  }
}

/** One row per message and per new day. An unsent message keeps its row when it is sent. */
function rows(session) {
  const all = [
    ...session.log.list().map((message) => ({message, unsent: false})),
    ...session.unsent.map((message) => ({message: {author: 'customer', ...message}, unsent: true})),
  ];
  const out = [];
  let last = 0;
  for (const entry of all) {
    const {message} = entry;
    if (!sameDay(last, message.at)) out.push({row: `day:${new Date(message.at).toDateString()}`, day: message.at});
    last = message.at;
    const own = message.author === 'customer' && message.id;
    out.push({row: own ? `own:${message.id}` : message.key, ...entry});
  }
  return out;
}

function dayName(at, t) {
  if (sameDay(at, Date.now())) return t('today');
  if (sameDay(at, Date.now() - 86_400_000)) return t('yesterday');
  return day(at, t.language);
}

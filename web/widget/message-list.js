import {el, follow, icon, icons, isolate, setText} from '../common/dom.js';
import {setLinked} from '../common/links.js';
import {day, sameDay, timeOfDay} from '../common/locale.js';
import {withDays} from '../common/rows.js';
import {reasonOf} from './announcer.js';

/** What is refused because of its text: it would be again. */
const EDITED = new Set(['text_too_long', 'bad_text']);

/**
 * The messages, oldest first, each saying who speaks (P11), and after them what
 * is not yet sent.
 */
export class MessageList {
  /** @param {{kit: import('./kit.js').Kit, onRetry: (id: string) => void, onEdit: (message: object) => void, onCancel: (id: string) => void, onAsk: () => void, onLink: (event: MouseEvent, href: string) => void}} actions */
  constructor({kit, onRetry, onEdit, onCancel, onAsk, onLink}) {
    this.kit = kit;
    this.onRetry = onRetry;
    this.onEdit = onEdit;
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
    if (date) return setText(node, dayName(date, session.now(), t));
    if (node.drawn === message && !message.parts && node.language === t.language) return; // of a long conversation, most
    Object.assign(node, {drawn: message, language: t.language});
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

  /** Beside the message, and tied to it: what can be done says to what, and why it is needed. */
  #failure(node, message, t) {
    const [why, what] = [`why-${message.id}`, `what-${message.id}`];
    node.bubble.id = what;
    const act = (attributes, word, click) => el('button', {type: 'button', 'aria-describedby': `${why} ${what}`, text: t(word), on: {click}, ...attributes});
    return el('div', {class: 'fate'},
      el('span', {class: 'why', id: why, title: message.failed}, isolate(reasonOf(message, t))),
      EDITED.has(message.failed)
        ? act({class: 'again', part: 'edit', test: 'edit'}, 'edit', () => this.onEdit(message))
        : act({class: 'again', part: 'retry', test: 'again'}, 'retry', () => this.onRetry(message.id)),
      act({class: 'soft', part: 'discard', test: 'discard'}, 'discard', () => this.onCancel(message.id)));
  }
}

/** An unsent message keeps its row when it is sent. */
function rows(session) {
  return withDays([
    ...session.log.list().map((message) => ({row: message.author === 'customer' && message.id ? `own:${message.id}` : message.key, message})),
    ...session.unsent.map((message) => ({row: `own:${message.id}`, message: {author: 'customer', ...message}, unsent: true})),
  ]);
}

function dayName(at, now, t) {
  if (sameDay(at, now)) return t('today');
  if (sameDay(at, now - 86_400_000)) return t('yesterday');
  return day(at, t.language);
}

import {el, follow, icon, icons, isolate, setText} from '../common/dom.js';
import {day, sameDay, timeOfDay} from '../common/locale.js';

/**
 * The messages, oldest first, each saying who speaks (P11), and after them what
 * is not yet sent.
 */
export class MessageList {
  /** @param {{onRetry: (id: string) => void, onAsk: () => void}} actions */
  constructor({onRetry, onAsk}) {
    this.onRetry = onRetry;
    this.onAsk = onAsk;
    this.node = el('ol', {class: 'log', part: 'log', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions'});
  }

  /** @param {import('./session.js').ChatSession} session */
  draw(session, t) {
    if (this.language !== t.language) {
      this.language = t.language;
      this.node.setAttribute('aria-label', t('messages'));
    }
    this.node.setAttribute('aria-busy', String(session.loading));
    follow(this.node, rows(session), (row) => row.row, (row) => this.#make(row), (node, row) => this.#update(node, row, t));
  }

  #make({day: date, message}) {
    if (date) return el('li', {class: 'day'});
    const who = el('div', {class: 'who'});
    const bubble = el('div', {class: 'bubble', part: 'bubble'}, isolate(message.text));
    const node = el('li', {class: 'message', part: 'message', test: 'message'}, who, bubble);
    node.who = who;
    return node;
  }

  #update(node, {day: date, message, unsent}, t) {
    if (date) return setText(node, dayName(date, t));
    node.dataset.author = message.author;
    if (message.purpose) node.dataset.purpose = message.purpose;
    if (message.key) node.dataset.key = message.key;
    const look = [t.language, unsent ? (message.failed ?? 'sending') : '', message.at, message.way].join('|');
    if (node.look === look) return;
    node.look = look;
    this.#label(node.who, message, unsent, t);
    while (node.children.length > 2) node.lastChild.remove();
    if (unsent) {
      node.dataset.unsent = message.failed ? 'failed' : 'sending';
      if (message.failed) node.append(this.#failure(message, t));
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

  #failure(message, t) {
    const reason = message.failed === 'clock_skew' ? t('clockWrong') : message.hint || t('noReason');
    return el('div', {class: 'fate', role: 'alert'},
      el('span', {class: 'why'}, isolate(reason), ` (${message.failed})`),
      el('button', {type: 'button', class: 'again', text: t('retry'), on: {click: () => this.onRetry(message.id)}}));
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

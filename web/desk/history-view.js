import {Announcer} from '../common/announcer.js';
import {el, follow, icon, icons, isolate, setText} from '../common/dom.js';
import {setLinked} from '../common/links.js';
import {day, timeOfDay} from '../common/locale.js';
import {drawParts} from '../common/media.js';
import {withDays} from '../common/rows.js';

const NEAR_END = 80;
const ARRIVED = ['sent', 'delivered']; // whole, so far as anybody knows

/** What was said, by whom and why, and what became of our own words (P11, P14). */
export class HistoryView {
  /** @param {import('./session.js').DeskSession} session */
  constructor(session) {
    this.session = session;
    this.earlier = el('button', {type: 'button', class: 'link earlier', on: {click: () => session.earlier(session.selected)}});
    this.list = el('ol', {role: 'list'}); // said again: without bullets Safari takes it for none
    this.log = el('div', {class: 'log', role: 'log', 'aria-live': 'off'}, this.list); // what is new is said once, by the announcer
    this.news = new Announcer();
    this.node = el('div', {class: 'history', role: 'group', tabindex: '0', on: {scroll: () => this.#scrolled()}}, this.earlier, this.log);
    this.atEnd = true;
    const grows = new ResizeObserver(() => this.atEnd && this.toEnd());
    for (const node of [this.node, this.log]) grows.observe(node); // a picture's size may be known late
  }

  /** Another conversation is opened: start at its end. */
  turn() {
    this.atEnd = true;
    this.oldest = '';
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    this.atEnd = true;
  }

  draw(held, t) {
    const before = {height: this.node.scrollHeight, top: this.node.scrollTop, oldest: this.oldest};
    if (!held.more && document.activeElement === this.earlier) this.node.focus({preventScroll: true}); // or it would fall back to the page
    this.earlier.hidden = !held.more;
    this.earlier.setAttribute('aria-disabled', String(held.loading)); // disabled would drop the focus
    setText(this.earlier, t(held.loading ? 'loading' : 'earlier'));
    this.node.setAttribute('aria-label', t('messages'));
    this.log.setAttribute('aria-label', t('messages'));
    this.log.setAttribute('aria-busy', String(held.loading));
    follow(this.list, rows(held), ({row}) => `${held.id} ${row}`, makeRow, (node, row) => this.#update(node, row, held, t));
    this.#tell(held, t);
    this.oldest = held.log.oldest;
    if (this.atEnd) this.toEnd();
    else if (before.oldest && this.oldest < before.oldest) this.node.scrollTop = before.top + this.node.scrollHeight - before.height;
  }

  #tell(held, t) {
    const turned = held.turned.map((key) => held.log.get(key)).filter(Boolean).map((message) => ({...message, id: message.key, failed: 'not_sent'}));
    this.news.follow(held.log, [...held.pending.values(), ...turned], {
      t,
      own: ({author, agent}) => author === 'person' && agent === this.session.agent.id,
      who: ({author, name}) => (author === 'person' && name) || t(author),
      why: (message) => [t(message.key ? 'not_sent' : 'failed'), ': ', isolate(message.text), ' ', isolate(message.key ? whyOf(message.outcome, t) : reasonOf(message, t))],
    });
  }

  #update(node, {day: date, message, under}, held, t) {
    if (date) return setText(node, day(date, t.language));
    const {author, purpose, outcome} = message;
    const asks = isAsk(message, held.conversation.ticket);
    const fate = held.fate(message);
    if (message.parts) {
      drawParts(node.bubble, message.parts, {
        t, base: location.href, sent: Boolean(message.key), now: () => this.session.socket.clock.now(), fresh: () => this.session.fresh(held.id, message.key),
      });
    }
    const progress = node.fate.querySelector('progress');
    if (progress) progress.value = message.progress;
    const look = JSON.stringify([t.language, under, message.failed, message.media, outcome, fate, asks, message.late, message.private, message.text]);
    if (node.look === look) return;
    node.look = look;
    Object.assign(node.dataset, {author, purpose: purpose ?? '', ask: asks ? 'yes' : 'no', key: message.key ?? ''});
    node.who.replaceChildren(...this.#label(message, asks, t));
    if (!message.parts) setLinked(node.words, message.text);
    node.fate.replaceChildren(...(under ? this.#underWay(message, held, t) : delivery(message, fate, t)));
    node.fate.dataset.delivery = under ? (message.failed ? 'not_sent' : 'pending') : fate;
  }

  #label(message, asks, t) {
    const {author, name, agent, purpose, at, late} = message;
    const mine = author === 'person' && agent === this.session.agent.id;
    const who = author === 'person' ? (mine ? t('me') : name) || t('person') : t(author);
    const tags = [asks && t('ask'), purpose && purpose !== 'answer' && t(purpose), late && t('late'), message.private && t('private')].filter(Boolean);
    return [
      author === 'customer' ? '' : icon(author === 'bot' ? icons.bot : icons.person),
      isolate(who),
      ...tags.map((text) => el('span', {class: 'tag', text})),
      el('time', {datetime: new Date(at).toISOString(), text: timeOfDay(at, t.language)}),
    ].filter(Boolean);
  }

  #underWay(message, held, t) {
    const discard = (word) => el('button', {type: 'button', class: 'link', test: word, text: t(word), on: {click: () => this.session.discard(held.id, message.id)}});
    if (!message.failed) {
      const uploads = message.file && !message.media;
      return [el('span', {text: t('sending')}), ...(uploads ? [el('progress', {max: '1', value: '0', 'aria-label': t('uploading')}), discard('cancel')] : [])];
    }
    return [
      el('span', {class: 'what', text: t('failed')}), isolate(reasonOf(message, t)),
      el('button', {type: 'button', class: 'link', text: t('retry'), on: {click: () => this.session.retry(held.id, message.id)}}),
      discard('discard'),
    ];
  }

  #scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.node;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
}

/** Why a reply was not sent: in words of ours, where there are any. */
function reasonOf({failed, hint, parts}, t) {
  if (failed === 'network') return t('networkFailed');
  return `${(parts && known(`refused_${failed}`, t)) || known(`why_${failed}`, t) || hint} (${failed})`;
}

/** Why the provider does not have a message, or not yet, in words of ours; '' where there are none. */
function whyOf({delivery, code}, t) {
  return known(`${delivery === 'held' ? 'held' : 'why'}_${code}`, t);
}

function known(key, t) {
  return t(key) === key ? '' : t(key);
}

/** Of the bot's words an agent needs to know only what did not arrive. */
function delivery({author, outcome}, fate, t) {
  if (!outcome || (author === 'bot' && !['held', 'not_sent', 'unknown'].includes(outcome.delivery))) return [];
  const told = [el('span', {class: 'what', text: t(fate)})];
  if (outcome.gone && !ARRIVED.includes(outcome.delivery) && outcome.code !== 'undelivered') told.push(isolate(t('pieces', {n: outcome.gone})));
  const why = whyOf(outcome, t);
  if (why) told.push(isolate(why));
  if (outcome.hint && !(why && outcome.delivery === 'held')) told.push(isolate(outcome.hint)); // the provider's own, in English
  if (outcome.code) told.push(el('code', {text: outcome.code}));
  return told;
}

/** The message that asked: the ticket's id ends in its key. */
function isAsk(message, ticket) {
  if (message.author !== 'customer') return false;
  return Boolean(message.ask) || Boolean(ticket?.id && message.key && ticket.id.endsWith(`.${message.key}`));
}

function makeRow({day: date}) {
  if (date) return el('li', {class: 'day'});
  const who = el('div', {class: 'who'});
  const words = isolate('');
  const fate = el('div', {class: 'fate'});
  const bubble = el('div', {class: 'bubble'}, words);
  return Object.assign(el('li', {class: 'message', test: 'message'}, who, bubble, fate), {who, bubble, words, fate});
}

function rows(held) {
  return withDays([
    ...held.log.list().map((message) => ({row: message.key, message})),
    ...[...held.pending.values()].map((message) => ({row: message.id, message: {author: 'person', ...message}, under: true})),
  ]);
}

import {el, icon, icons, isolate, setText} from '../common/dom.js';
import {timeOfDay} from '../common/locale.js';
import {Composer} from './composer.js';
import {HistoryView} from './history-view.js';

/** The open conversation: who, what was said, the reply, and how it ends. */
export class ConversationView {
  /** @param {import('./session.js').DeskSession} session */
  constructor(session) {
    this.session = session;
    this.history = new HistoryView(session);
    this.back = el('button', {type: 'button', class: 'back', test: 'back', on: {click: () => session.select('')}}, icon(icons.back));
    this.name = isolate('', {class: 'name'});
    this.facts = el('p', {class: 'facts', test: 'facts'});
    this.limits = el('p', {class: 'facts limits', test: 'limits'});
    this.actions = el('div', {class: 'actions'},
      this.#action('return-to-line', 'toLine', 'to-line'), this.#action('return-to-bot', 'toBot', 'to-bot'), this.#action('resolve', 'resolve', 'resolve'));
    this.header = el('header', {class: 'about'}, this.back, el('div', {class: 'whom'}, el('h2', {}, this.name), this.facts, this.limits), this.actions);
    this.typing = el('p', {class: 'typing', role: 'status'});
    this.problem = el('p', {class: 'problem', role: 'alert', hidden: true});
    this.left = this.#leftBar();
    this.composer = new Composer(session, () => this.history.toEnd());
    this.open = el('div', {class: 'open'}, this.header, this.history.node, this.history.news.node, this.typing, this.problem, this.left, this.composer.node);
    this.composer.attach.listen(this.open);
    this.emptyTitle = el('h2');
    this.emptyLead = el('p');
    this.empty = el('div', {class: 'empty'}, this.emptyTitle, this.emptyLead);
    this.node = el('section', {class: 'conversation'}, this.empty, this.open);
  }

  get id() {
    return this.session.selected;
  }

  draw(t) {
    const held = this.session.held.get(this.id);
    this.empty.hidden = Boolean(held);
    this.open.hidden = !held;
    setText(this.emptyTitle, t('emptyTitle'));
    setText(this.emptyLead, t('emptyLead'));
    this.back.setAttribute('aria-label', t('back'));
    for (const button of this.actions.children) setText(button, t(button.word));
    if (!held) return (this.drawn = null);
    if (this.drawn !== held) this.#turnTo(held);
    this.#drawAbout(held, t);
    this.history.draw(held, t);
    setText(this.typing, held.typing ? t('typing') : '');
    this.problem.hidden = !held.problem;
    setText(this.problem, held.problem === 'network' ? t('networkFailed') : held.problem ? `${held.hint} (${held.problem})` : '');
    this.left.hidden = !held.left;
    setText(this.leftWords, held.left ? t(held.left) : '');
    setText(this.leftClose, t('close'));
    this.actions.hidden = Boolean(held.left);
    this.composer.draw(held, t);
  }

  #turnTo(held) {
    this.drawn = held;
    this.composer.turn(held);
    this.history.turn();
  }

  #drawAbout(held, t) {
    const {conversation} = held;
    const {ticket} = conversation;
    setText(this.name, held.nameOr(t('customer')));
    const facts = [
      t(`channel_${conversation.channel}`),
      t(conversation.language?.startsWith('zh') ? 'langZh' : 'langEn'),
      ticket?.asked_at && t('waitedFor', {time: timeOfDay(ticket.asked_at, t.language)}),
      ticket?.returns && t('returned', {n: ticket.returns}),
    ];
    setText(this.facts, facts.filter(Boolean).join(' · '));
    this.tick(t);
    for (const button of this.actions.children) button.disabled = Boolean(held.acting);
  }

  /** How much the channel still takes, and for how long. */
  tick(t) {
    const limits = this.drawn?.conversation.limits;
    this.limits.hidden = !limits;
    if (!limits) return;
    const left = limits.until - this.session.socket.clock.now();
    const none = limits.messages_left < 1 || left <= 0;
    this.limits.dataset.none = String(none);
    setText(this.limits, none ? t('limitsNone') : t('limits', {n: limits.messages_left, time: span(left, t)}));
  }

  #action(verb, word, test) {
    const button = el('button', {type: 'button', class: 'button', test, on: {click: () => this.session.act(this.id, verb)}});
    return Object.assign(button, {word});
  }

  #leftBar() {
    this.leftWords = el('p');
    this.leftClose = el('button', {type: 'button', class: 'button', test: 'dismiss', on: {click: () => this.session.dismiss(this.id)}});
    return el('div', {class: 'left-bar', role: 'status', hidden: true}, this.leftWords, this.leftClose);
  }
}

/** A span in whole hours, or below one in minutes, begun ones not counted. */
function span(ms, t) {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? t('minutes', {n: minutes}) : t('hours', {n: Math.floor(minutes / 60)});
}

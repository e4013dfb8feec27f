import {el, isolate, setText} from '../common/dom.js';
import {shown} from './focus.js';
import {sayings} from './texts.js';

/**
 * The bar that never leaves: who is answering, the place in line, and the way to
 * a person. It stands between the messages and the input in every state (P2, P3).
 * Leaving the line costs one tap more than asking: a place is only ever given up
 * on purpose (P4).
 */
export class WayBar {
  /** @param {{onAsk: () => void, onLeave: () => void}} actions */
  constructor({onAsk, onLeave}) {
    this.now = el('p', {class: 'now', part: 'status'});
    this.when = el('p', {class: 'when', part: 'estimate'});
    this.where = el('div', {class: 'where', role: 'status', tabindex: '-1'}, this.now, this.when);
    this.leave = el('button', {type: 'button', class: 'leave', part: 'leave', test: 'leave', 'aria-expanded': 'false', on: {click: () => isOn(this.leave) && this.#open(true)}});
    this.button = el('button', {
      type: 'button', class: 'person', part: 'person', test: 'person',
      on: {click: () => isOn(this.button) && onAsk()},
    });
    this.confirm = this.#confirmation(onLeave);
    this.node = el('div', {class: 'way', part: 'way', test: 'state'}, el('div', {class: 'place'}, this.where, this.leave), this.button, this.confirm);
  }

  /** Where the focus goes when what had it is gone. */
  get refuge() {
    return [this.button, this.leave].find(shown) ?? this.where;
  }

  /** @param {import('./session.js').ChatSession} session */
  draw({state, unsent}, t) {
    const status = state?.status ?? 'bot';
    const open = status === 'bot' || status === 'closed';
    const waiting = status === 'waiting';
    this.node.dataset.status = status;
    this.button.setAttribute('aria-disabled', String(!open));
    setText(this.button, open ? t('askButton') : t(waiting ? 'asked' : 'served'));
    this.#say(status, state, t);
    if (waiting) {
      this.now.dataset.test = 'position';
      this.now.dataset.position = state.position ?? '';
    } else delete this.now.dataset.test;
    setText(this.when, waiting ? estimate(state.wait_seconds, t) : '');
    this.when.hidden = !waiting;
    if (!waiting) this.#open(false);
    this.leave.hidden = !waiting || !this.confirm.hidden;
    const leaving = unsent.some(({text, failed}) => sayings('leave').includes(text) && !failed);
    this.leave.setAttribute('aria-disabled', String(leaving));
    setText(this.leave, t(leaving ? 'leaving' : 'leaveButton'));
    setText(this.question, t('leaveAsk'));
    setText(this.stay, t('leaveStay'));
    setText(this.go, t('leaveYes'));
  }

  #confirmation(onLeave) {
    this.question = el('p', {id: 'leave-question'});
    this.stay = el('button', {type: 'button', class: 'stay', part: 'stay', test: 'stay', on: {click: () => this.#open(false)}});
    this.go = el('button', {type: 'button', class: 'go', part: 'leave-confirm', test: 'leave-confirm', on: {click: () => {
      this.#open(false);
      onLeave();
    }}});
    return el('div', {class: 'confirm', part: 'confirm', role: 'group', 'aria-labelledby': 'leave-question', hidden: true, on: {keydown: (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.#open(false);
    }}}, this.question, this.stay, this.go);
  }

  /** The question takes the focus to the answer that changes nothing, and gives it back. */
  #open(open) {
    if (open !== this.confirm.hidden) return;
    const held = open || this.confirm.contains(this.node.getRootNode().activeElement);
    this.confirm.hidden = !open;
    this.leave.hidden = open;
    this.leave.setAttribute('aria-expanded', String(open));
    if (!held) return;
    const next = open ? this.stay : this.leave;
    (shown(next) ? next : this.refuge).focus();
  }

  #say(status, state, t) {
    const named = status === 'human' && state.agent;
    const text = named ? t('statusHuman') : headline(status, state, t);
    if (!named) return setText(this.now, text);
    if (this.now.textContent === t('statusHuman', {name: state.agent})) return;
    const [before, after] = text.split('{name}');
    this.now.replaceChildren(before, isolate(state.agent), after ?? '');
  }
}

/** A button that is not disabled: disabled would drop the focus. */
function isOn(button) {
  return button.getAttribute('aria-disabled') !== 'true';
}

function headline(status, state, t) {
  if (status === 'human') return t('statusHumanNoName');
  if (status === 'closed') return t('statusClosed');
  if (status !== 'waiting') return t(state ? 'statusBot' : 'connecting');
  if (!state.position) return t('positionUnknown');
  const how = state.exact ? 'position' : state.about ? 'positionAbout' : 'positionMore';
  return t(how, {n: state.position});
}

function estimate(seconds, t) {
  if (seconds === undefined || seconds === null) return t('estimateNone');
  if (seconds < 60) return t('estimateSoon');
  if (seconds < 5400) return t('estimateMinutes', {n: Math.round(seconds / 60)});
  return t('estimateHours', {n: Math.round(seconds / 3600)});
}

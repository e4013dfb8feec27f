import {el, isolate, setText} from '../common/dom.js';

/**
 * The bar that never leaves: who is answering, the place in line, and the way to
 * a person. It stands between the messages and the input in every state (P2, P3).
 */
export class WayBar {
  /** @param {() => void} onAsk */
  constructor(onAsk) {
    this.now = el('p', {class: 'now'});
    this.when = el('p', {class: 'when'});
    const where = el('div', {class: 'where', role: 'status'}, this.now, this.when);
    this.button = el('button', {
      type: 'button', class: 'person', part: 'person', test: 'person',
      on: {click: () => this.button.getAttribute('aria-disabled') !== 'true' && onAsk()},
    });
    this.node = el('div', {class: 'way', part: 'way', test: 'state'}, where, this.button);
  }

  /** @param {import('../common/frames.js').State|null} state */
  draw(state, t) {
    const status = state?.status ?? 'bot';
    const open = status === 'bot' || status === 'closed';
    this.node.dataset.status = status;
    this.button.setAttribute('aria-disabled', String(!open));
    setText(this.button, open ? t('askButton') : t(status === 'waiting' ? 'asked' : 'served'));
    this.#say(status, state, t);
    if (status === 'waiting') {
      this.now.dataset.test = 'position';
      this.now.dataset.position = state.position ?? '';
    } else delete this.now.dataset.test;
    setText(this.when, status === 'waiting' ? estimate(state.wait_seconds, t) : '');
    this.when.hidden = status !== 'waiting';
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

function headline(status, state, t) {
  if (status === 'human') return t('statusHumanNoName');
  if (status === 'closed') return t('statusClosed');
  if (status !== 'waiting') return t('statusBot');
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

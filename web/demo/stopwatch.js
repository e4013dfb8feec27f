import {el, setText} from '../common/dom.js';
import {measured} from '../common/locale.js';

const STEPS = ['asked', 'acknowledged', 'claimed', 'first_word'];

/**
 * The strip asked → acknowledged → claimed → first human word. Its times are the
 * ledger's own; only the step that is still under way is counted here.
 */
export class Stopwatch {
  /** @param {{now: () => number}} options the server's time */
  constructor(node, {now}) {
    this.now = now;
    this.steps = STEPS.map((step) => {
      const name = el('span', {class: 'step'});
      const time = el('strong', {test: `clock-${step}`});
      return Object.assign(el('li', {}, name, time), {step, name, time});
    });
    this.note = el('p', {class: 'note'});
    node.append(el('ol', {class: 'steps'}, ...this.steps), this.note);
    setInterval(() => this.t && this.#tick(), 100);
  }

  /** @param {{event: string, at: number, nth: number}[]} records */
  draw(records, t) {
    this.t = t;
    this.at = Object.fromEntries(STEPS.map((step) => [step, records.find(({event}) => event === step)?.at]));
    // An ask that ended is not under way: no clock runs for what will not come.
    this.over = records.some(({event}) => ['resolved', 'returned_to_bot', 'abandoned'].includes(event));
    const returns = records.filter(({event}) => event === 'back_in_line').length;
    setText(this.note, returns ? t('returned', {n: returns}) : '');
    for (const node of this.steps) setText(node.name, t(node.step));
    this.#tick();
  }

  #tick() {
    const started = this.at.asked;
    let running = Boolean(started) && !this.over;
    for (const node of this.steps) {
      const at = this.at[node.step];
      const state = at ? 'done' : running ? 'running' : 'ahead';
      if (!at) running = false;
      node.dataset.state = state;
      if (state === 'running') node.setAttribute('aria-current', 'step');
      else node.removeAttribute('aria-current');
      setText(node.time, reading(node.step, state, at, started, this));
    }
  }
}

function reading(step, state, at, started, {now, t}) {
  if (state === 'ahead') return '–';
  if (state === 'running') return `${(Math.max(0, now() - started) / 1000).toFixed(1)} s`;
  if (step !== 'asked') return `+${measured(at - started)}`;
  return new Intl.DateTimeFormat(t.language, {hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false}).format(at);
}

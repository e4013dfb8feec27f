import {el, setText} from '../common/dom.js';
import {tinted} from './json-view.js';

/** The transfer request as it went to the queue. */
export class EventView {
  constructor(node) {
    this.title = el('span');
    this.type = el('code', {class: 'type'});
    this.lead = el('p', {class: 'event-lead'});
    this.code = el('pre', {tabindex: '0', test: 'event'});
    this.copy = el('button', {type: 'button', class: 'plain', hidden: true, on: {click: () => this.#copy()}});
    const details = el('details', {open: true}, el('summary', {}, this.title, this.type),
      el('div', {class: 'event-head'}, this.lead, this.copy), this.code);
    node.append(details);
  }

  draw(event, t) {
    this.t = t;
    setText(this.title, t('eventTitle'));
    setText(this.type, event?.type ?? '');
    setText(this.lead, t(event ? 'eventLead' : 'eventNone'));
    setText(this.copy, t('copy'));
    this.copy.hidden = !event;
    this.code.hidden = !event;
    this.code.setAttribute('aria-label', t('eventTitle'));
    const text = event ? JSON.stringify(event) : '';
    if (this.drawn === text) return;
    this.drawn = text;
    this.event = event;
    this.code.replaceChildren(...(event ? [tinted(event)] : []));
  }

  async #copy() {
    await navigator.clipboard?.writeText(JSON.stringify(this.event, null, 2));
    setText(this.copy, this.t('copied'));
  }
}

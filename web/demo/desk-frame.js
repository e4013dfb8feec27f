import {el, setText} from '../common/dom.js';
import {agent as fetchAgent} from './server.js';

/**
 * The desk in its window: it gets its token from here, and here its plug is
 * pulled. The countdown is the server's lease; what ends it is the ledger.
 */
export class DeskFrame {
  /** @param {{frame: HTMLIFrameElement, gone: HTMLElement, agent: string, leaseSeconds: number, onChange: () => void}} options */
  constructor({frame, gone, agent, leaseSeconds, onChange}) {
    Object.assign(this, {frame, gone, agent, leaseSeconds, onChange});
    this.vanishedAt = 0;
    this.back = null;
    this.title = el('strong');
    this.count = el('p', {class: 'count'});
    this.lead = el('p');
    this.button = el('button', {type: 'button', class: 'button primary', test: 'return', on: {click: () => this.comeBack()}});
    gone.append(this.title, this.count, this.lead, this.button);
    addEventListener('message', (event) => {
      if (event.origin !== location.origin || event.source !== frame.contentWindow) return;
      if (event.data?.zhida === 'desk-wants-token') this.#handToken();
    });
    frame.src = new URL(`desk/#embed=${encodeURIComponent(agent)}`, location.href).href;
    setInterval(() => this.vanishedAt && this.draw(this.t, this.name), 250);
  }

  get vanished() {
    return this.vanishedAt > 0;
  }

  /** @param {boolean} holding whether a customer is in this agent's hands */
  vanish(holding) {
    this.vanishedAt = Date.now();
    this.holding = holding;
    this.back = null;
    this.#tell({zhida: 'desk-vanish'});
    this.frame.inert = true;
    this.onChange();
  }

  /** The ledger says that the ticket is in line again. */
  wentBack(position) {
    if (this.vanished) this.back = {position: position ?? this.back?.position};
  }

  comeBack() {
    this.vanishedAt = 0;
    this.frame.inert = false;
    this.#tell({zhida: 'desk-return'});
    this.onChange();
  }

  speak(language) {
    this.#tell({zhida: 'desk-language', language});
  }

  draw(t, name) {
    Object.assign(this, {t, name});
    this.gone.hidden = !this.vanished;
    if (!this.vanished) return;
    const left = Math.ceil(this.leaseSeconds - (Date.now() - this.vanishedAt) / 1000);
    setText(this.title, t('goneTitle', {name}));
    setText(this.button, t('return'));
    setText(this.count, this.#news(left, t));
    setText(this.lead, this.back ? t('goneBackLead') : '');
    this.lead.hidden = !this.back;
  }

  #news(left, t) {
    if (!this.holding) return t('goneNone');
    if (this.back) return this.back.position ? t('goneBackPosition', {n: this.back.position}) : t('goneBack');
    return left > 0 ? t('goneLease', {n: left}) : t('goneSoon');
  }

  async #handToken() {
    try {
      const {token} = await fetchAgent(this.agent);
      this.#tell({zhida: 'desk-language', language: this.t?.language ?? 'en'});
      this.#tell({zhida: 'desk-token', token});
    } catch {
      setTimeout(() => this.#handToken(), 2_000); // the server is down; the desk waits for its token
    }
  }

  #tell(message) {
    this.frame.contentWindow?.postMessage(message, location.origin);
  }
}

import {el, setText} from '../common/dom.js';
import {login} from './api.js';

/** Who sits down at the desk. */
export class LoginView {
  /** @param {{agent: string, again: boolean, onSigned: (sitting: any) => void, onLanguage: () => void}} options */
  constructor({agent, again, onSigned, onLanguage}) {
    this.again = again;
    this.onSigned = onSigned;
    this.title = el('h1');
    this.lead = el('p', {class: 'lead'});
    this.agentLabel = el('span');
    this.codeLabel = el('span');
    this.agent = el('input', {name: 'agent', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, value: agent, test: 'agent'});
    this.code = el('input', {name: 'code', type: 'password', autocomplete: 'current-password', required: true, test: 'code'});
    this.problem = el('p', {class: 'problem', role: 'alert', hidden: true});
    this.button = el('button', {type: 'submit', class: 'button primary', test: 'login'});
    this.language = el('button', {type: 'button', class: 'link', on: {click: onLanguage}});
    const form = el('form', {class: 'login-form', on: {submit: (event) => this.#submit(event)}},
      el('label', {}, this.agentLabel, this.agent), el('label', {}, this.codeLabel, this.code), this.problem, this.button);
    const mark = el('img', {src: new URL('../common/mark.svg', import.meta.url).href, alt: '', width: '40', height: '40'});
    this.node = el('main', {class: 'login'}, el('div', {class: 'login-card'}, mark, this.title, this.lead, form, this.language));
  }

  draw(t) {
    this.t = t;
    document.title = `${t('signIn')} · Zhida`;
    setText(this.title, t('title'));
    setText(this.lead, t('signInLead'));
    setText(this.agentLabel, t('agent'));
    setText(this.codeLabel, t('code'));
    setText(this.button, t('signIn'));
    setText(this.language, t('otherLanguage'));
    if (this.again) this.#say(t('signInAgain'));
  }

  shown() {
    (this.agent.value ? this.code : this.agent).focus();
  }

  async #submit(event) {
    event.preventDefault();
    this.again = false;
    this.button.disabled = true;
    this.#say('');
    try {
      this.onSigned(await login(this.agent.value.trim(), this.code.value));
    } catch (error) {
      this.#say(error.code === 'network' ? this.t('networkFailed') : `${error.message} (${error.code})`);
      this.code.select();
    }
    this.button.disabled = false;
  }

  #say(text) {
    setText(this.problem, text);
    this.problem.hidden = !text;
  }
}

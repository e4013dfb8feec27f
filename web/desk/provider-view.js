import {el, setText} from '../common/dom.js';

/** The way to the identity provider, and what came of the last time. */
export class ProviderView {
  /**
   * @param {Object} options
   * @param {string} options.problem a text's key; '' for none
   * @param {string} [options.detail] what the provider said
   * @param {() => Promise<void>} options.onSignIn leaves the page
   * @param {() => void} options.onLanguage
   */
  constructor({problem, detail = '', onSignIn, onLanguage}) {
    Object.assign(this, {problemKey: problem, detail, onSignIn});
    this.title = el('h1');
    this.lead = el('p', {class: 'lead'});
    this.problem = el('p', {class: 'problem', role: 'alert', test: 'problem', hidden: true});
    this.button = el('button', {type: 'button', class: 'button primary', test: 'login', on: {click: () => this.#leave()}});
    this.language = el('button', {type: 'button', class: 'link', on: {click: onLanguage}});
    const form = el('div', {class: 'login-form'}, this.problem, this.button);
    const mark = el('img', {src: new URL('../common/mark.svg', import.meta.url).href, alt: '', width: '40', height: '40'});
    this.node = el('main', {class: 'login'}, el('div', {class: 'login-card'}, mark, this.title, this.lead, form, this.language));
  }

  draw(t) {
    this.t = t;
    document.title = `${t('signIn')} · Zhida`;
    setText(this.title, t('title'));
    setText(this.lead, t('signInLead'));
    setText(this.button, t('signIn'));
    setText(this.language, t('otherLanguage'));
    const detail = this.detail ? ` (${this.detail})` : '';
    setText(this.problem, this.problemKey ? t(this.problemKey) + detail : '');
    this.problem.hidden = !this.problemKey;
  }

  shown() {
    this.button.focus();
  }

  async #leave() {
    this.button.disabled = true;
    try {
      await this.onSignIn();
    } catch (error) {
      Object.assign(this, {problemKey: 'signInFailed', detail: error.message});
      this.button.disabled = false;
      this.draw(this.t);
    }
  }
}

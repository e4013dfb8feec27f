import {AttachButton} from '../common/attach.js';
import {el, grow, isSubmit, setText} from '../common/dom.js';
import {CountLine, labelOf} from './count-line.js';

/**
 * Where the reply is written. What stands in its way is told before anybody types; what is
 * written stays, to be copied, and to be sent once nothing stands there any more.
 */
export class Composer {
  /**
   * @param {import('./session.js').DeskSession} session
   * @param {() => void} onSent
   */
  constructor(session, onSent) {
    this.session = session;
    this.onSent = onSent;
    this.attach = new AttachButton((files) => {
      onSent();
      session.attach(session.selected, files);
    });
    this.barred = el('div', {class: 'barred', id: 'barred', role: 'status', test: 'barred'}); // always there, or it would be read to nobody
    this.count = new CountLine();
    this.form = this.#form();
    this.node = el('div', {class: 'writing'}, this.barred, this.form, this.count.node);
  }

  /** Another conversation is opened. */
  turn(held) {
    this.input.value = held.draft;
    requestAnimationFrame(() => {
      grow(this.input);
      if (!held.left && matchMedia('(min-width: 40rem)').matches) this.input.focus();
    });
  }

  draw(held, t) {
    this.t = t;
    const bar = held.left ? '' : held.bar;
    this.form.hidden = Boolean(held.left);
    this.#drawBar(bar, t);
    this.input.readOnly = Boolean(bar); // not disabled: what is written there can be copied, and focus stays
    this.input.setAttribute('aria-describedby', 'barred cost');
    this.input.placeholder = t(bar ? 'replyBarred' : 'replyPlaceholder');
    this.input.setAttribute('aria-label', t('reply'));
    setText(this.button, t('send'));
    this.attach.draw(this.session.media && !held.left && !bar, t);
    this.#drawDraft(held);
  }

  /** Why nothing can be sent, and what to do. */
  #drawBar(bar, t) {
    const look = bar && `${bar} ${t.language}`;
    if (this.look === look) return;
    this.look = look;
    this.barred.replaceChildren(...(bar ? [el('strong', {text: t(bar)}), el('p', {text: t(`${bar}Do`)})] : []));
  }

  #drawDraft(held) {
    this.button.disabled = Boolean(held.bar) || !this.input.value.trim();
    const {counting, language} = held.conversation;
    this.count.draw(held.bar || held.left ? undefined : counting, this.input.value.trim(), labelOf(this.session.agent, language), this.t);
  }

  #form() {
    this.input = el('textarea', {rows: '1', test: 'reply', autocomplete: 'off', on: {
      input: () => this.#typed(),
      keydown: (event) => {
        if (!isSubmit(event)) return;
        event.preventDefault();
        this.#submit();
      },
    }});
    this.button = el('button', {type: 'submit', class: 'button primary', test: 'send', disabled: true});
    return el('form', {class: 'composer', on: {submit: (event) => {
      event.preventDefault();
      this.#submit();
    }}}, this.attach.node, this.input, this.button);
  }

  #typed() {
    const held = this.session.held.get(this.session.selected);
    if (!held) return;
    held.draft = this.input.value;
    this.#drawDraft(held);
    grow(this.input);
    if (this.input.value) this.session.touch(held.id);
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.button.disabled) return;
    this.input.value = '';
    this.#typed();
    this.onSent();
    this.session.reply(this.session.selected, text);
    this.input.focus();
  }
}

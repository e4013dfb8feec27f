import {el, grow, icon, icons, isSubmit, setText} from '../common/dom.js';
import {MessageList} from './message-list.js';
import {WayBar} from './way.js';

const NEAR_END = 80; // pixels from the end that still count as reading the newest
const NEAR_START = 60;
const TELL_LEFT = 200; // characters before the limit at which the count appears

/** The widget's elements. It draws a session and hands over what the customer does. */
export class ChatView {
  /** @param {{onSay: (text: string) => void, onAsk: () => void, onRetry: (id: string) => void, onTouch: () => void, onEarlier: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.way = new WayBar(actions.onAsk);
    this.list = new MessageList(actions);
    this.title = el('h2', {part: 'title'});
    this.net = el('span', {class: 'net', role: 'status'});
    this.offline = el('p', {class: 'offline', part: 'offline', hidden: true});
    this.earlier = el('button', {type: 'button', class: 'earlier soft', on: {click: actions.onEarlier}});
    this.typing = el('p', {class: 'typing', hidden: true});
    this.scroll = el('div', {class: 'scroll', role: 'group', tabindex: '0', on: {scroll: () => this.#scrolled()}}, this.earlier, this.list.node, this.typing);
    this.newestLabel = el('span');
    this.newest = el('button', {type: 'button', class: 'newest', hidden: true, on: {click: () => this.toEnd()}}, icon(icons.down), this.newestLabel);
    this.node = el('section', {class: 'root', part: 'root'},
      el('header', {part: 'header'}, this.title, this.net), this.offline, this.scroll,
      el('div', {}, this.newest), this.way.node, this.#composer());
    this.atEnd = true;
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.scroll);
  }

  /**
   * @param {import('./session.js').ChatSession} session
   * @param {{title: string}} options
   */
  draw(session, t, {title}) {
    const before = this.#measure();
    this.node.dataset.status = session.state?.status ?? 'bot';
    this.node.dataset.connection = session.connection;
    this.node.lang = t.language;
    this.node.setAttribute('aria-label', t('conversation'));
    setText(this.title, title || t('service'));
    this.#drawConnection(session, t);
    this.list.draw(session, t);
    this.way.draw(session.state, t);
    this.#drawTyping(session.typing, t);
    this.earlier.hidden = !session.more;
    this.earlier.disabled = session.loading;
    setText(this.earlier, t(session.loading ? 'loading' : 'earlier'));
    setText(this.newestLabel, t('newest'));
    this.scroll.setAttribute('aria-label', t('messages'));
    this.input.placeholder = t('placeholder');
    this.input.setAttribute('aria-label', t('input'));
    this.button.setAttribute('aria-label', t('send'));
    this.#drawLeft(session.maxText, t);
    this.#settle(before, session);
  }

  fill(text) {
    this.input.value = text;
    this.#typed();
    this.input.focus();
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.atEnd = true;
    this.newest.hidden = true;
  }

  #composer() {
    this.input = el('textarea', {
      rows: '1', part: 'input', test: 'input', autocomplete: 'off', enterkeyhint: 'send',
      on: {
        input: () => this.#typed(),
        keydown: (event) => {
          if (!isSubmit(event)) return;
          event.preventDefault();
          this.#submit();
        },
      },
    });
    this.button = el('button', {type: 'submit', class: 'send', part: 'send', test: 'send', disabled: true}, icon(icons.send));
    this.left = el('p', {class: 'left', hidden: true, role: 'status'});
    const form = el('form', {part: 'composer', on: {submit: (event) => {
      event.preventDefault();
      this.#submit();
    }}}, this.input, this.button);
    return el('div', {}, form, this.left);
  }

  #typed() {
    grow(this.input);
    this.button.disabled = !this.input.value.trim() || this.#length() > (this.maxText ?? Infinity);
    if (this.input.value) this.actions.onTouch();
    this.redrawLeft?.();
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.button.disabled) return;
    this.input.value = '';
    this.atEnd = true;
    this.#typed();
    this.actions.onSay(text);
    this.input.focus();
  }

  /** Counted as the server counts: by code point. */
  #length() {
    return [...this.input.value.trim()].length;
  }

  #drawLeft(maxText, t) {
    this.maxText = maxText;
    this.redrawLeft = () => {
      const left = maxText - this.#length();
      this.left.hidden = left > TELL_LEFT;
      setText(this.left, left > TELL_LEFT ? '' : t('remaining', {n: left}));
    };
    this.redrawLeft();
  }

  #drawConnection(session, t) {
    // A first connection is not an outage: only a line that was lost is worth a sentence.
    const lost = session.connection === 'denied' || (session.connection !== 'open' && session.conversation);
    setText(this.net, session.connection === 'open' ? '' : t('connecting'));
    setText(this.offline, lost ? t(session.connection === 'denied' ? 'denied' : 'offline') : '');
    this.offline.hidden = !lost;
  }

  #drawTyping(typing, t) {
    this.typing.hidden = !typing;
    setText(this.typing, !typing ? '' : typing.name ? t('typing', {name: `\u2068${typing.name}\u2069`}) : t('typingNoName'));
  }

  #measure() {
    return {height: this.scroll.scrollHeight, top: this.scroll.scrollTop, oldest: this.oldest, newest: this.newestKey};
  }

  /** Keeps what is being read where it is, and follows the newest when that is being read. */
  #settle(before, session) {
    const {oldest, newest} = session.log;
    if (this.atEnd) this.toEnd();
    else if (before.oldest && oldest < before.oldest) this.scroll.scrollTop = before.top + this.scroll.scrollHeight - before.height;
    else if (before.newest && newest > before.newest) this.newest.hidden = false;
    this.oldest = oldest;
    this.newestKey = newest;
  }

  #scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atEnd) this.newest.hidden = true;
    if (scrollTop < NEAR_START && scrollHeight > clientHeight && !this.earlier.hidden) this.actions.onEarlier();
  }
}

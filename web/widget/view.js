import {el, icon, icons, setText} from '../common/dom.js';
import {ChatAnnouncer} from './announcer.js';
import {Composer} from './composer.js';
import {KeyboardFit} from './fit.js';
import {keepFocus} from './focus.js';
import {MessageList} from './message-list.js';
import {WayBar} from './way.js';

const NEAR_END = 80; // pixels from the end that still count as reading the newest
const NEAR_START = 60;

/** The widget's elements. It draws a session and hands over what the customer does. */
export class ChatView {
  /** @param {{kit: import('./kit.js').Kit, onSay: (text: string) => void, onAsk: () => void, onLeave: () => void, onRetry: (id: string) => void, onTouch: () => void, onFiles: (files: File[], seconds?: number) => void, onCancel: (id: string) => void, onEarlier: () => void, onLink: (event: MouseEvent, href: string) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.way = new WayBar(actions);
    this.list = new MessageList({...actions, onEdit: ({id, text}) => {
      this.composer.edit(text);
      actions.onCancel(id);
    }});
    this.news = new ChatAnnouncer();
    const follows = (act) => (...said) => {
      this.atEnd = true;
      act(...said);
    };
    this.composer = new Composer({
      ...actions, onSay: follows(actions.onSay), onFiles: follows(actions.onFiles), onNews: (sentence) => this.news.say(sentence),
    });
    this.title = el('h2', {part: 'title'});
    this.net = el('span', {class: 'net'});
    this.header = el('header', {part: 'header'}, this.title, this.net);
    this.offline = el('p', {class: 'offline', part: 'offline', test: 'offline', hidden: true});
    this.earlier = el('button', {type: 'button', class: 'earlier soft', part: 'earlier', test: 'earlier', on: {click: actions.onEarlier}});
    this.hello = el('p');
    this.greeting = el('div', {class: 'greeting', part: 'greeting', test: 'greeting', hidden: true}, el('slot', {name: 'greeting'}, this.hello));
    this.typing = el('p', {class: 'typing', hidden: true});
    // The log itself is silent: what is new is said once, by the announcer.
    this.scroll = el('div', {class: 'scroll', part: 'log', role: 'log', 'aria-live': 'off', tabindex: '0', on: {scroll: () => this.#scrolled()}},
      this.earlier, this.greeting, this.list.node, this.typing);
    this.newestLabel = el('span');
    this.newest = el('button', {type: 'button', class: 'newest', part: 'newest', test: 'newest', hidden: true, on: {click: () => {
      this.scroll.focus({preventScroll: true}); // the button is about to go
      this.toEnd();
    }}}, icon(icons.down), this.newestLabel);
    this.callback = el('div', {class: 'callback'}, el('slot', {name: 'callback'}));
    this.node = el('section', {class: 'root', part: 'root'}, el('div', {class: 'stack'}, this.header, this.offline, this.scroll,
      el('div', {}, this.newest), this.callback, this.way.node, this.composer.node, this.news.node));
    this.composer.attach.listen(this.node);
    this.fit = new KeyboardFit(this.node);
    this.atEnd = true;
    const grows = new ResizeObserver(() => this.atEnd && this.toEnd());
    for (const node of [this.scroll, this.list.node]) grows.observe(node); // a picture's size may be known late
  }

  /**
   * @param {import('./session.js').ChatSession} session
   * @param {{title: string, assisted: boolean}} options
   */
  draw(session, t, options) {
    keepFocus(this.node.getRootNode(), () => this.#draw(session, t, options), (was) => this.#refuges(was));
  }

  fill(text) {
    this.composer.fill(text);
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.atEnd = true;
    this.newest.hidden = true;
  }

  #draw(session, t, {title, assisted}) {
    const before = this.#measure();
    this.#order(assisted);
    this.node.dataset.status = session.state?.status ?? 'bot';
    this.node.dataset.connection = session.connection;
    this.node.lang = t.language;
    this.node.setAttribute('aria-label', t('conversation'));
    setText(this.title, title || t('service'));
    this.#drawConnection(session, t);
    this.list.draw(session, t);
    this.way.draw(session, t);
    setText(this.hello, t('greeting'));
    this.greeting.hidden = !session.state || session.log.size + session.unsent.length > 0;
    this.#drawTyping(session.typing.by, t);
    this.earlier.hidden = !session.more;
    this.earlier.setAttribute('aria-disabled', String(session.loading)); // disabled would drop the focus
    setText(this.earlier, t(session.loading ? 'loading' : 'earlier'));
    setText(this.newestLabel, t('newest'));
    this.scroll.setAttribute('aria-label', t('messages'));
    this.scroll.setAttribute('aria-busy', String(session.loading));
    this.composer.draw(session, t);
    this.#settle(before, session, this.news.tell(session, t), t);
  }

  /** In assisted mode the way to a person comes first, for eyes, fingers and screen readers alike. */
  #order(assisted) {
    const before = assisted ? this.scroll : this.composer.node;
    if (this.way.node.nextSibling !== before) before.before(this.way.node);
  }

  /** Where the focus goes when what had it is gone: near it, if there is something. */
  #refuges(was) {
    const row = was.closest('.message');
    const way = () => this.way.refuge;
    const near = was.closest('.way') || was.classList.contains('out') ? [way] : row ? [() => row] : [];
    return [...near, () => (was.closest('.composer') ? this.composer.input : this.scroll)];
  }

  #drawConnection({connection, absence: {long}, state}, t) {
    const words = long ? t(connection === 'denied' ? 'denied' : 'offline') : '';
    setText(this.net, connection !== 'open' && (long || !state) ? t('connecting') : '');
    if (long && this.offline.hidden) this.news.say(words);
    if (connection === 'open' && !this.offline.hidden) this.news.say(t('online'));
    setText(this.offline, words);
    this.offline.hidden = !long;
  }

  #drawTyping(typing, t) {
    this.typing.hidden = !typing;
    setText(this.typing, !typing ? '' : typing.name ? t('typing', {name: `\u2068${typing.name}\u2069`}) : t('typingNoName'));
  }

  #measure() {
    return {height: this.scroll.scrollHeight, top: this.scroll.scrollTop};
  }

  /** Keeps what is being read where it is, and follows the newest when that is being read. */
  #settle(before, {log}, came, t) {
    const earlier = this.log === log && this.oldest ? log.list().findIndex(({key}) => key >= this.oldest) : 0;
    if (earlier) this.news.say(t('earlierShown', {n: earlier}));
    if (this.log !== log || this.atEnd) this.toEnd();
    else if (earlier) this.scroll.scrollTop = before.top + this.scroll.scrollHeight - before.height;
    else if (came.length) this.newest.hidden = false;
    this.log = log;
    this.oldest = log.oldest;
  }

  #scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atEnd) this.newest.hidden = true;
    if (scrollTop < NEAR_START && scrollHeight > clientHeight && !this.earlier.hidden) this.actions.onEarlier();
  }
}

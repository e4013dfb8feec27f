import {pickLanguage, translator} from '../common/locale.js';
import {Kit} from './kit.js';
import {ChatSession} from './session.js';
import {dress} from './styles.js';
import {briefly, texts} from './texts.js';
import {ChatView} from './view.js';
import {VisitorPass} from './visitor.js';

/** Beside the files of the widget, whichever host or prefix they are served under. */
const CALLS = new URL('../../channels/inapp/live', import.meta.url).href;

/**
 * `<zhida-chat>`: a customer's conversation, on any page.
 *
 *     <script type="module" src="https://your.host/web/widget/zhida-chat.js"></script>
 *     <zhida-chat src="wss://your.host/inapp/live" name="Acme" storage-key="user-42"></zhida-chat>
 *
 *     document.querySelector('zhida-chat').token = async () => (await fetch('/my/zhida-token')).text();
 *
 * Attributes: src (WebSocket address, default /inapp/live), calls (where frames are POSTed
 * in networks that let no WebSocket through; default: where this script is from), lang,
 * name (title), storage-key (whose unsent messages these are), theme (light, dark, auto),
 * assisted; visitors: as long as
 * no token is set, whoever opens the page is a visitor whom nobody vouches for. Its value
 * is the address that makes them, by default the one beside this script's. A visitor
 * whose token is set while they wait, or are with a person, keeps their place.
 * Events: zhida-ready, zhida-state, zhida-message; their detail is the frame's.
 * zhida-link, before a link in a message is followed; preventDefault keeps it from that.
 * Slot: callback, a page's own form, above the way to a person.
 */
export class ZhidaChat extends HTMLElement {
  static observedAttributes = ['src', 'calls', 'lang', 'name', 'storage-key', 'visitors', 'assisted'];

  #view;
  #session = null;
  #token = null;
  #frame = 0;

  constructor() {
    super();
    const root = this.attachShadow({mode: 'open'});
    dress(root);
    const kit = new Kit((media) => {
      media.equip(root, texts);
      this.#draw();
    });
    this.#view = new ChatView({
      kit,
      onSay: (text) => this.say(text),
      onAsk: () => this.askForPerson(),
      onLeave: () => this.say(this.#t()('leave')),
      onRetry: (id) => this.#session?.retry(id),
      onFiles: (...files) => this.#session?.attach(...files),
      onCancel: (id) => this.#session?.cancel(id),
      onTouch: () => this.#session?.touch(),
      onEarlier: () => this.#session?.earlier(),
      onLink: (event, href) => this.#follow(event, href),
    });
    root.append(this.#view.node);
    this.#view.scroll.addEventListener('scroll', this.#look);
    // A page may have set the token before this script ran.
    if (Object.hasOwn(this, 'token')) {
      const token = this.token;
      delete this.token;
      this.token = token;
    }
  }

  /** A function that fetches a fresh token; called on every connect. */
  get token() {
    return this.#token;
  }

  set token(fetchToken) {
    if (typeof fetchToken !== 'function') throw new TypeError('zhida-chat: token must be a function that returns a token');
    this.#token = fetchToken;
    this.#restart();
  }

  /** Where the conversation stands; null before the first connection. */
  get state() {
    return this.#session?.state ?? null;
  }

  get conversation() {
    return this.#session?.conversation ?? '';
  }

  /** The server's time, as well as it is known here. */
  now() {
    return this.#session?.socket.clock.now() ?? Date.now();
  }

  focus(options) {
    this.#view.composer.input.focus(options);
  }

  /** Says text as the customer. */
  say(text) {
    this.#session?.say(text);
    this.#view.toEnd();
  }

  /** Puts text into the input, for the customer to send. */
  fill(text) {
    this.#view.fill(text);
  }

  /** Asks for a person, once: an ask that is still on its way is not said again. */
  askForPerson() {
    const text = this.#t()('ask');
    const underWay = this.#session?.unsent.find((message) => message.text === text);
    if (!underWay) this.say(text);
    else if (underWay.failed) this.#session.retry(underWay.id);
  }

  connectedCallback() {
    this.#view.fit.start();
    document.addEventListener('visibilitychange', this.#look);
    this.#restart();
    this.#draw();
  }

  disconnectedCallback() {
    this.#view.fit.stop();
    document.removeEventListener('visibilitychange', this.#look);
    this.#view.composer.voice?.discard();
    this.#session?.close();
    this.#session = null;
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === 'src' || name === 'calls' || name === 'storage-key' || name === 'visitors') this.#restart();
    else this.#draw();
  }

  #restart() {
    this.#session?.close();
    this.#session = null;
    if (!this.isConnected) return;
    const pass = this.hasAttribute('visitors')
      ? new VisitorPass(this.getAttribute('visitors') || new URL('../../channels/inapp/visitor', import.meta.url).href) : null;
    const session = new ChatSession({
      src: this.getAttribute('src') || '/inapp/live',
      calls: this.getAttribute('calls') || CALLS,
      storageKey: this.getAttribute('storage-key') || 'customer',
      token: async (refused) => (this.#token ? this.#token() : pass.token(refused)),
      visitor: () => (this.#token && pass?.kept) || '',
    });
    this.#session = session;
    session.addEventListener('change', () => this.#draw());
    for (const type of ['ready', 'state', 'message']) {
      session.addEventListener(type, ({detail}) => {
        if (session === this.#session) this.dispatchEvent(new CustomEvent(`zhida-${type}`, {detail, bubbles: true, composed: true}));
      });
    }
    if (this.#token || pass) session.open();
    this.#draw();
  }

  /** A page or an app may open links in its own way: it prevents zhida-link's default. */
  #follow(click, href) {
    const event = new CustomEvent('zhida-link', {detail: {href}, bubbles: true, composed: true, cancelable: true});
    if (!this.dispatchEvent(event)) click.preventDefault();
  }

  #t() {
    const t = translator(texts, pickLanguage(this.getAttribute('lang'), document.documentElement.lang));
    return this.hasAttribute('assisted') ? briefly(t) : t;
  }

  /** Draws once per turn of the event loop, however many frames came in it. */
  #draw() {
    if (this.#frame) return;
    this.#frame = 1;
    queueMicrotask(() => {
      this.#frame = 0;
      if (this.#session) this.#view.draw(this.#session, this.#t(), {title: this.getAttribute('name') ?? '', assisted: this.hasAttribute('assisted')});
      this.#look();
    });
  }

  /** Somebody may be reading: the end is on the screen, and so is this element. */
  #look = () => this.#session?.look(this.#view.atEnd && (this.checkVisibility?.() ?? true));
}

if (!customElements.get('zhida-chat')) customElements.define('zhida-chat', ZhidaChat);

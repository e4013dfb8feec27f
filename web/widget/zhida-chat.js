import {pickLanguage, translator} from '../common/locale.js';
import {keepDraft} from './draft.js';
import {Kit} from './kit.js';
import {Outbox} from './outbox.js';
import {ChatSession} from './session.js';
import {dress} from './styles.js';
import {briefly, sayings, texts} from './texts.js';
import {ChatView} from './view.js';
import {VisitorPass} from './visitor.js';

/** Beside the files of the widget, whichever host or prefix they are served under. */
const CALLS = new URL('../../channels/inapp/live', import.meta.url).href;
const VISITORS = new URL('../../channels/inapp/visitor', import.meta.url).href;

const GLANCE_EVERY = 1_000; // while something is unread, and a style hides it
/** For checkVisibility, by its newer names and its older ones. */
const TO_THE_EYE = {visibilityProperty: true, opacityProperty: true, checkVisibilityCSS: true, checkOpacity: true};

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
 * Slots: greeting, what is there before the first message; callback, a page's own form, above the way to a person.
 */
export class ZhidaChat extends HTMLElement {
  static observedAttributes = ['src', 'calls', 'lang', 'name', 'storage-key', 'visitors', 'assisted'];

  #view;
  #session = null;
  #token = null;
  #pass = null;
  #kit;
  #outboxes = new Map();
  #beginning = false;
  #frame = 0;
  #onScreen = false;
  #glance = 0;
  #screen = new IntersectionObserver((entries) => {
    this.#onScreen = entries.at(-1).intersectionRatio >= 0.5;
    this.#look();
  }, {threshold: [0, 0.5]});

  constructor() {
    super();
    const root = this.attachShadow({mode: 'open'});
    dress(root);
    this.#kit = new Kit((media) => {
      media.equip(root, texts);
      this.#draw();
    });
    this.#view = new ChatView({
      kit: this.#kit,
      onSay: (text) => this.say(text),
      onAsk: () => this.askForPerson(),
      onLeave: () => this.#sayOnce('leave'),
      onRetry: (id) => this.#session?.retry(id),
      onFiles: (...files) => this.#begin()?.attach(...files),
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
    const key = this.getAttribute('storage-key') ?? '';
    if (this.#token && this.#token !== fetchToken) this.#outboxes.set(key, this.#outbox(key).heir());
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
    return this.#session?.now() ?? Date.now();
  }

  focus(options) {
    this.#view.composer.input.focus(options);
  }

  /** Says text as the customer. */
  say(text) {
    this.#begin()?.say(text);
    this.#view.toEnd();
  }

  /** Puts text into the input, for the customer to send. */
  fill(text) {
    this.#view.fill(text);
  }

  /** Asks for a person. */
  askForPerson() {
    this.#sayOnce('ask');
  }

  /**
   * For when somebody signs out: this browser's visitor is forgotten, with what they had not
   * sent, and the conversation begins anew.
   * @returns {Promise<void>} refused if the server could not be asked; until it was, nobody is connected
   */
  async forget() {
    const pass = this.#visitor() ?? new VisitorPass(VISITORS);
    const key = this.getAttribute('storage-key') ?? '';
    const {conversation: theirs} = this;
    const outbox = this.#outbox(key);
    // What a customer wrote whom somebody vouches for waits for them.
    for (const {id, conversation} of outbox.list()) if (!conversation || (!this.#token && conversation === theirs)) outbox.remove(id);
    this.#outboxes.set(key, new Outbox(key));
    if (!this.#token) keepDraft(theirs, '');
    this.#session?.close();
    this.#session = null;
    this.#begin();
    await pass.forget();
    this.#restart();
  }

  /** Says a text of ours as the customer: what is still on its way is not said again. */
  #sayOnce(name) {
    const underWay = this.#begin()?.unsent.find(({text}) => sayings(name).includes(text));
    if (!underWay) this.say(this.#t()(name));
    else if (underWay.failed) this.#session.retry(underWay.id);
  }

  connectedCallback() {
    this.#view.fit.start();
    this.#screen.observe(this.#view.scroll);
    document.addEventListener('visibilitychange', this.#look);
    this.#restart();
    this.#draw();
  }

  disconnectedCallback() {
    this.#view.fit.stop();
    this.#screen.disconnect();
    clearTimeout(this.#glance);
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

  /** Whatever a page sets in one turn of the event loop makes one session. */
  #restart() {
    this.#session?.close();
    this.#session = null;
    if (this.#beginning) return;
    this.#beginning = true;
    queueMicrotask(() => {
      this.#beginning = false;
      if (this.#token || this.hasAttribute('visitors')) this.#begin()?.open();
      else this.#begin();
    });
  }

  /** @returns {ChatSession|null} the session, which may not be open yet; null outside of a page */
  #begin() {
    if (this.#session || !this.isConnected) return this.#session;
    const pass = this.#visitor();
    const session = new ChatSession({
      src: this.getAttribute('src') || '/inapp/live',
      calls: this.getAttribute('calls') || CALLS,
      outbox: this.#outbox(this.getAttribute('storage-key') ?? ''),
      kit: this.#kit,
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
    this.#draw();
    return session;
  }

  #visitor() {
    if (!this.hasAttribute('visitors')) return null;
    const address = this.getAttribute('visitors') || VISITORS;
    if (this.#pass?.address !== address) this.#pass = new VisitorPass(address);
    return this.#pass;
  }

  /** One for each customer, as long as the element is there: where nothing can be stored, it is all that keeps their words. */
  #outbox(key) {
    const kept = this.#outboxes.get(key);
    kept?.read();
    if (!kept) this.#outboxes.set(key, new Outbox(key));
    return this.#outboxes.get(key);
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

  /** Somebody may be reading: the end is shown, and most of the messages' place is on the screen. */
  #look = () => {
    clearTimeout(this.#glance);
    const session = this.#session;
    if (!session) return;
    const shown = this.#onScreen && this.#view.atEnd && (this.checkVisibility?.(TO_THE_EYE) ?? true);
    session.look(shown);
    // A page that shows it by opacity or visibility tells nobody.
    if (!shown && session.seen.unread) this.#glance = setTimeout(this.#look, GLANCE_EVERY);
  };
}

if (!customElements.get('zhida-chat')) customElements.define('zhida-chat', ZhidaChat);

import {pickLanguage, translator} from '../common/locale.js';
import {loginConfig} from './api.js';
import {DeskView} from './desk-view.js';
import {embeddedAgent, joinParent} from './embed.js';
import {ProviderView} from './provider-view.js';
import {DeskSession} from './session.js';
import {ByCode, ByProvider} from './sign-in.js';
import {texts} from './texts.js';
import {keepWork, takeWork} from './work.js';

const LANGUAGE = 'zhida:language';

/** The page: either somebody signs in, or somebody sits at the desk. */
class DeskPage {
  constructor(root) {
    this.root = root;
    this.setLanguage(pickLanguage(localStorage.getItem(LANGUAGE)));
  }

  setLanguage(language) {
    this.t = translator(texts, language);
    document.documentElement.lang = language;
    this.view?.draw(this.t);
  }

  toggleLanguage() {
    const language = this.t.language === 'en' ? 'zh-CN' : 'en';
    localStorage.setItem(LANGUAGE, language);
    this.setLanguage(language);
  }

  async start() {
    if (embeddedAgent()) return this.#embed();
    try {
      const config = await loginConfig();
      this.live = config.live;
      this.way = config.login === 'oidc' ? new ByProvider(config) : new ByCode();
    } catch (error) {
      return this.#unavailable(error);
    }
    try {
      const sitting = await this.way.restore();
      if (sitting) this.#sit(sitting);
      else this.#signIn();
    } catch (error) {
      this.#signIn('signInFailed', error.message);
    }
  }

  /** @param {string} [problem] a text's key */
  #signIn(problem = '', detail = '') {
    this.session = null;
    this.#show(this.way.view({problem, detail, onLanguage: () => this.toggleLanguage(), onSigned: (sitting) => {
      this.way.keep(sitting);
      this.#sit(sitting);
    }}));
  }

  /** The server cannot say now how to sign in. */
  #unavailable(error) {
    this.#show(new ProviderView({
      problem: error.code === 'network' ? 'networkFailed' : 'signInUnavailable',
      onLanguage: () => this.toggleLanguage(), onSignIn: () => this.start(),
    }));
  }

  #sit(sitting) {
    // A stored token never gets better: one refusal is enough.
    const session = new DeskSession({agent: sitting.agent, token: async () => sitting.token, live: this.live, patience: 0, work: takeWork()});
    this.session = session;
    session.addEventListener('signed-out', ({detail}) => this.#refused(sitting, session, detail?.code));
    this.#show(new DeskView(session, {
      embedded: false,
      onLanguage: () => this.toggleLanguage(),
      onLogout: () => session.logout().then(() => {
        this.way.forget(true);
        this.#signIn();
      }),
    }));
    session.open();
  }

  /** The token is refused: at its end, or because it has no right to be here. */
  async #refused(sitting, session, code) {
    if (this.session !== session) return; // once is enough
    this.session = null;
    this.way.forget(code === 'forbidden');
    if (code === 'forbidden') return this.#signIn('noRole');
    keepWork(session.work());
    if (!(await this.way.renew(sitting))) this.#signIn('signInAgain');
  }

  #embed() {
    const parent = joinParent({
      onLanguage: (language) => this.setLanguage(language),
      onVanish: () => this.session?.vanish(),
      onReturn: () => this.session?.open(),
    });
    // The demo hands over a fresh token each time: a refusal is no reason to give up.
    this.session = new DeskSession({agent: {id: embeddedAgent(), name: ''}, token: () => parent.token(), patience: 2});
    this.#show(new DeskView(this.session, {embedded: true, onLanguage: () => {}, onLogout: () => {}}));
    this.session.open();
  }

  #show(view) {
    this.view = view;
    view.draw(this.t);
    this.root.replaceChildren(view.node);
    view.shown?.();
  }
}

new DeskPage(document.getElementById('desk')).start();

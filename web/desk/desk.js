import {pickLanguage, translator} from '../common/locale.js';
import {DeskView} from './desk-view.js';
import {embeddedAgent, joinParent} from './embed.js';
import {LoginView} from './login-view.js';
import {DeskSession} from './session.js';
import {texts} from './texts.js';

const LANGUAGE = 'zhida:language';
const CURRENT = 'zhida:desk:current';
const stored = (agent) => `zhida:desk:${agent}`;

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

  start() {
    if (embeddedAgent()) return this.#embed();
    // Each tab has its own session storage: several agents can sit side by side.
    const wanted = new URLSearchParams(location.hash.slice(1)).get('agent') ?? sessionStorage.getItem(CURRENT);
    const sitting = wanted && JSON.parse(sessionStorage.getItem(stored(wanted)) ?? 'null');
    if (sitting) this.sit(sitting.agent, async () => sitting.token);
    else this.signIn({agent: wanted ?? ''});
  }

  signIn({agent = '', again = false}) {
    this.session = null;
    this.#show(new LoginView({agent, again, onLanguage: () => this.toggleLanguage(), onSigned: (sitting) => {
      sessionStorage.setItem(stored(sitting.agent.id), JSON.stringify(sitting));
      sessionStorage.setItem(CURRENT, sitting.agent.id);
      this.sit(sitting.agent, async () => sitting.token);
    }}));
  }

  sit(agent, token, {embedded = false} = {}) {
    // A stored token never gets better: one refusal is enough. The demo hands over fresh ones.
    const session = new DeskSession({agent, token, patience: embedded ? 2 : 0});
    this.session = session;
    const leave = (again) => {
      sessionStorage.removeItem(stored(agent.id));
      this.signIn({agent: agent.id, again});
    };
    session.addEventListener('signed-out', () => !embedded && leave(true));
    this.#show(new DeskView(session, {
      embedded,
      onLanguage: () => this.toggleLanguage(),
      onLogout: () => session.logout().then(() => leave(false)),
    }));
    session.open();
  }

  #embed() {
    const parent = joinParent({
      onLanguage: (language) => this.setLanguage(language),
      onVanish: () => this.session?.vanish(),
      onReturn: () => this.session?.open(),
    });
    this.sit({id: embeddedAgent(), name: ''}, () => parent.token(), {embedded: true});
  }

  #show(view) {
    this.view = view;
    view.draw(this.t);
    this.root.replaceChildren(view.node);
    view.shown?.();
  }
}

new DeskPage(document.getElementById('desk')).start();

import {el, setText} from '../common/dom.js';
import {ConversationView} from './conversation-view.js';
import {LineView, countOf} from './line-view.js';
import {MineView} from './mine-view.js';

/** The desk: the line and my conversations at the side, the open one beside them. */
export class DeskView {
  /** @param {import('./session.js').DeskSession} session */
  constructor(session, {embedded, onLanguage, onLogout}) {
    this.session = session;
    this.line = new LineView(session);
    this.mine = new MineView(session);
    this.conversation = new ConversationView(session);
    this.name = el('bdi', {class: 'agent-name'});
    this.dot = el('span', {class: 'dot', 'aria-hidden': 'true'});
    this.status = el('span', {class: 'status', role: 'status'});
    this.language = el('button', {type: 'button', class: 'link', hidden: embedded, on: {click: onLanguage}});
    this.logout = el('button', {type: 'button', class: 'link', hidden: embedded, on: {click: onLogout}});
    const bar = el('header', {class: 'bar'}, el('span', {class: 'who-am-i'}, this.dot, this.name, this.status), this.language, this.logout);
    this.title = el('h1', {class: 'quiet-read'});
    this.node = el('main', {class: 'desk'}, this.title, el('div', {class: 'side'}, bar, this.line.node, this.mine.node), this.conversation.node);
    session.addEventListener('change', () => this.t && this.draw(this.t));
    this.ticking = setInterval(() => this.node.isConnected && this.t && this.tick(), 1000);
  }

  draw(t) {
    this.t = t;
    const {socket, agent, selected} = this.session;
    this.node.dataset.view = selected ? 'conversation' : 'list';
    this.node.dataset.connection = socket.status;
    setText(this.name, agent.names?.[t.language] || agent.name || agent.id);
    setText(this.status, t(socket.status === 'open' ? 'connected' : socket.status === 'connecting' ? 'connecting' : 'offline'));
    setText(this.title, t('title'));
    setText(this.language, t('otherLanguage'));
    setText(this.logout, t('signOut'));
    const {line} = this.session;
    document.title = `${line.waiting ? `(${countOf(line, t)}) ` : ''}${t('title')} · Zhida`;
    this.line.draw(t);
    this.mine.draw(t);
    this.conversation.draw(t);
  }

  tick() {
    this.line.tick(this.t);
    this.conversation.tick(this.t);
  }
}

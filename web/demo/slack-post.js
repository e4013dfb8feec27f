import {el, follow, icon, icons, setText} from '../common/dom.js';
import {setLinked} from '../common/links.js';
import {timeOfDay} from '../common/locale.js';
import * as server from './server.js';

const PENCIL = 'M4 16l.8-3.200L13.500 4.100l2.400 2.400L7.200 15.200ZM11.800 5.800l2.400 2.400';
const BIN = 'M4.500 6h11M8 6V4h4v2M6 6l.7 10h6.600L14 6';
const FILE = 'M6 3.500h5l3.500 3.500v9.500H6ZM11 3.500V7h3.500';
const EYE = 'M2.500 10C4.500 6.500 7 5 10 5s5.500 1.500 7.500 5c-2 3.500-4.500 5-7.500 5s-5.500-1.500-7.500-5ZM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z';
export const CLIP = 'M13.500 7.500 8.300 12.700a1.800 1.800 0 0 0 2.500 2.500l5-5a3.400 3.400 0 0 0-4.800-4.800l-5.200 5.200';

/**
 * What a row needs to be drawn and to act.
 *
 * @typedef {{t: Function, app: string, mention: string, thread?: string, onTap: Function, onEdit: Function, onDelete: Function, onReply?: Function}} Scene
 */

/** A message, as the console of the played Slack tells it; one that changes keeps its row. */
export class PostRow {
  /** @param {() => Scene} scene as it is when something is done */
  constructor(post, scene) {
    this.scene = scene;
    this.name = el('bdi', {class: 'sl-name'});
    this.badge = el('span', {class: 'sl-badge'});
    this.time = el('time', {});
    this.text = el('div', {class: 'sl-text', dir: 'auto'});
    this.blocks = el('div', {class: 'sl-blocks'});
    this.edited = el('small', {class: 'sl-edited', test: 'slack-edited'});
    this.files = el('ul', {class: 'sl-files'});
    this.own = el('div', {class: 'sl-own'});
    this.only = el('span');
    this.replies = el('ol', {class: 'sl-replies'});
    this.reply = el('button', {type: 'button', class: 'sl-reply', test: 'slack-reply', hidden: true, on: {click: () => scene().onReply(this.post)}});
    this.node = el('li', {test: 'slack-post', 'data-who': post.who, class: post.private ? 'sl-post sl-private' : 'sl-post'},
      el('div', {class: 'sl-row'}, avatar(post),
        el('div', {class: 'sl-body'},
          post.private && el('p', {class: 'sl-only'}, icon(EYE), this.only),
          el('p', {class: 'sl-meta'}, this.name, post.who === 'app' && this.badge, this.time),
          this.text, this.blocks, this.edited, this.files),
        post.who === 'you' && this.own),
      this.replies, this.reply);
    if (post.who === 'you') this.#owned();
  }

  #owned() {
    const acts = [['slackEdit', 'slack-edit', PENCIL, 'onEdit'], ['slackDelete', 'slack-delete', BIN, 'onDelete']];
    this.acts = acts.map(([key, test, drawing, does]) => {
      const node = el('button', {type: 'button', test, on: {click: () => this.scene()[does](this.post)}}, icon(drawing));
      this.own.append(node);
      return {key, node};
    });
  }

  /** @param {{post: object, replies: object[]}} entry */
  draw({post, replies}) {
    const scene = this.scene();
    const {t} = scene;
    const before = this.post;
    this.post = post;
    setText(this.name, post.name ?? scene.app);
    setText(this.badge, t('slackBadge'));
    setText(this.time, timeOfDay(post.ts * 1000, t.language));
    setText(this.only, t('slackPrivate'));
    this.text.hidden = Boolean(post.blocks) || !post.text;
    if (!this.text.hidden) setSaid(this.text, post.text, scene);
    this.#drawBlocks(post.blocks ?? []);
    setText(this.edited, post.edited ? t('slackEdited') : '');
    follow(this.files, post.files ?? [], ({id}) => id, (file) => fileRow(file), (node, file) => node.draw(file, t));
    for (const {key, node} of this.acts ?? []) {
      node.setAttribute('aria-label', t(key));
      node.title = t(key);
    }
    const rows = (reply) => ({post: reply, replies: []});
    follow(this.replies, replies, ({ts}) => ts, (reply) => made(reply, this.scene, true), (node, reply) => node.row.draw(rows(reply)));
    this.node.classList.toggle('sl-open', scene.thread === post.ts);
    this.reply.hidden = !scene.onReply || this.isReply || post.private;
    setText(this.reply, t('slackReply'));
    if (before && (before.text !== post.text || before.edited !== post.edited)) this.#flash();
  }

  #drawBlocks(blocks) {
    const keyed = blocks.map((block, n) => ({...block, key: `${n} ${block.kind}`}));
    follow(this.blocks, keyed, ({key}) => key, ({kind}) => {
      if (kind !== 'button') return el('div', {class: `sl-${kind}`, dir: 'auto'});
      return el('button', {type: 'button', class: 'sl-button', test: 'slack-button', on: {click: () => this.scene().onTap(this.post)}});
    }, (node, {kind, text}) => {
      if (kind === 'button') setText(node, text);
      else setLinked(node, text);
    });
  }

  /** Draws the eye to what became another. */
  #flash() {
    this.node.classList.remove('sl-changed');
    void this.node.offsetWidth; // so that it begins again
    this.node.classList.add('sl-changed');
  }
}

/** The element of a new row, which knows its row. */
export function made(post, scene, isReply = false) {
  const row = new PostRow(post, scene);
  row.isReply = isReply;
  return Object.assign(row.node, {row});
}

function avatar({who, name}) {
  const face = el('span', {class: `sl-avatar sl-is-${who}${who === 'app' && name ? ' sl-is-agent' : ''}`, 'aria-hidden': 'true'});
  if (who === 'app') face.append(icon(name ? icons.person : icons.bot));
  else face.textContent = [...(name ?? '?')][0].toUpperCase();
  return face;
}

/** What somebody wrote, with the mentions of the app in it drawn as such. */
function setSaid(node, text, {mention, app}) {
  const said = `${app}\n${text}`;
  if (node.said === said) return;
  node.said = said;
  node.replaceChildren(...text.split(mention).flatMap((part, n) => {
    const words = el('span');
    setLinked(words, part);
    return n ? [el('span', {class: 'sl-mention', text: `@${app}`}), words] : [words];
  }));
}

function fileRow({id, name, picture}) {
  const size = el('small');
  const address = server.slackFile(id);
  const link = el('a', {href: address, download: name, class: 'sl-file', test: 'slack-file'}, icon(FILE), el('bdi', {text: name}), size);
  const node = el('li', {}, picture && el('img', {src: address, alt: name, loading: 'lazy', test: 'picture'}), link);
  return Object.assign(node, {draw: (file, t) => setText(size, sizeOf(file.size, t))});
}

function sizeOf(bytes, t) {
  const [size, unit] = bytes < 1 << 20 ? [Math.max(1, bytes / (1 << 10)), 'kilobyte'] : [bytes / (1 << 20), 'megabyte'];
  return new Intl.NumberFormat(t.language, {style: 'unit', unit, maximumFractionDigits: unit === 'megabyte' ? 1 : 0}).format(size);
}

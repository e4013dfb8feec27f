import {card} from './card.js';
import {el, isolate, setText} from './dom.js';
import {setLinked} from './links.js';

/** The pictures that a server shows; anything else is a file or a sound. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const HEIC = /\.hei[cf]$/i;

/** @param {string} type media type @returns {'image'|'audio'|'video'|'file'} */
export function kindOf(type) {
  if (PICTURES.has(type)) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  return type.startsWith('video/') ? 'video' : 'file';
}

/** A part as it looks before the server has seen it. Its address lasts as long as the page, and is not stored. */
class LocalPart {
  constructor(file, seconds) {
    Object.assign(this, {kind: kindOf(file.type), name: file.name, type: file.type, size: file.size, seconds, url: URL.createObjectURL(file)});
  }

  toJSON() {
    return {...this, url: undefined};
  }
}

/** Lets go of what this page made addresses for, once it is not shown any more. */
export function release(parts = []) {
  releaseAll(parts.map(({url}) => url));
}

function releaseAll(urls = []) {
  for (const url of urls) if (url?.startsWith('blob:')) URL.revokeObjectURL(url);
}

/** @param {File} file @param {number} [seconds] of sound */
export function localPart(file, seconds) {
  return new LocalPart(file, seconds);
}

/** @returns {string} such as 1.2 MB */
export function sizeOf(bytes, language) {
  const [n, unit] = bytes < 1e6 ? [Math.max(bytes / 1e3, 0.1), 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return new Intl.NumberFormat(language, {style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1}).format(n);
}

/**
 * Draws the parts of a message into a bubble. What is there already stays, with its
 * sound playing, and gets its new address.
 *
 * @param {Element} bubble
 * @param {import('./frames.js').Part[]} parts
 * @param {{t: Function, base: string, sent: boolean, now: () => number, fresh: () => Promise<void>}} how base: what addresses
 *   are relative to; sent: else what has no address is not gone, but was picked before this page; now: the server's time, by
 *   which addresses end; fresh: asks for new ones, after which parts are drawn again
 */
export function drawParts(bubble, parts, how) {
  const urls = parts.map(({url}) => url);
  releaseAll(bubble.urls?.filter((url) => !urls.includes(url)));
  bubble.urls = urls;
  const look = JSON.stringify([how.t.language, parts.map(({url, until, ...part}) => [part, url ? 'here' : how.sent])]);
  if (bubble.look !== look) {
    bubble.look = look;
    bubble.classList.add('media');
    bubble.replaceChildren(...parts.map((part) => makePart(part, how)));
  }
  parts.forEach((part, i) => bubble.children[i].renew?.(part));
}

function makePart(part, how) {
  if (part.name === undefined) {
    const shown = part.kind === 'link' && card(part);
    if (shown) return shown;
    const words = isolate('');
    setLinked(words, part.text ?? '');
    return words;
  }
  if (!part.url) return absent(part, how);
  if (part.kind === 'image') return picture(part, how);
  if (part.kind === 'audio') return sound(part, how);
  return HEIC.test(part.name) ? noted(saved(part, how), how.t('hardToShow')) : saved(part, how);
}

function saved(part, how) {
  return link(part, how, {class: 'file', test: 'file', download: part.name}, ...label(part, how.t));
}

/** A note below what it is about, which keeps its address as that does. */
function noted(node, words) {
  return Object.assign(el('span', {class: 'noted'}, node, el('span', {class: 'note', text: words})), {renew: node.renew});
}

/** What the server has no address for: it is gone, or only not to be had now. */
function absent(part, how) {
  const node = el('span', {class: 'file', test: 'gone'}, ...label(part, how.t));
  if (!how.sent) return node;
  if (!part.later) {
    node.append(el('span', {class: 'size', text: how.t('gone')}));
    return node;
  }
  const again = el('button', {type: 'button', class: 'soft link', test: 'fetch-again', text: how.t('retry'), on: {click: how.fresh}});
  return el('span', {class: 'noted'}, node, el('span', {class: 'note'}, how.t('notNow'), ' ', again));
}

/** A name is shown whole and from left to right: its end says what the file is. */
function label(part, t) {
  const end = part.name.includes('.') ? part.name.split('.').pop().slice(0, 5).toUpperCase() : '';
  return [
    end && el('span', {class: 'end', 'aria-hidden': 'true', text: end}),
    el('bdi', {class: 'name', dir: 'ltr', text: part.name}),
    el('span', {class: 'size', text: sizeOf(part.size, t.language)}),
  ];
}

function picture(part, how) {
  const image = el('img', {alt: part.name, test: 'picture', decoding: 'async', loading: 'lazy'});
  if (part.width && part.height) { // its place is kept before it comes
    image.style.setProperty('--width', part.width);
    image.style.setProperty('--height', part.height);
    image.classList.add('sized');
  }
  const node = link(part, how, {class: 'picture', 'aria-label': how.t('openPicture', {name: part.name})}, image);
  alsoRenew(node, image, part, how, () => {
    // It is none, or the page's policy has no room for it: then it is a file.
    node.className = 'file';
    node.removeAttribute('aria-label');
    node.replaceChildren(...label(part, how.t));
  });
  return node;
}

function sound(part, how) {
  const audio = el('audio', {controls: true, preload: 'metadata', test: 'sound', 'aria-label': part.name});
  const length = el('span', {class: 'size'});
  const node = el('span', {class: 'sound'}, audio, length);
  setText(length, part.seconds ? `${Math.floor(part.seconds / 60)}:${String(part.seconds % 60).padStart(2, '0')}` : '');
  alsoRenew(node, audio, part, how, (newest) => {
    // It is in a form that this browser does not play: then it can be saved.
    const file = noted(saved(newest, how), how.t('cannotPlay'));
    node.className = '';
    node.replaceChildren(file);
    node.renew = file.renew;
  });
  return node;
}

/** What plays or is seen keeps its address until it fails; if the address had ended by then, a new one is asked for. */
function alsoRenew(node, media, part, how, giveUp = () => {}) {
  const before = node.renew;
  let newest = part;
  let until = 0;
  let failed = true;
  node.renew = (newer) => {
    before?.(newer);
    newest = newer;
    until = newer.until ?? Infinity;
    if (failed) media.src = absolute(newer.url, how.base);
    failed = false;
  };
  media.addEventListener('error', () => {
    failed = true;
    if (media.src !== absolute(newest.url, how.base)) return node.renew(newest);
    if (until > how.now()) return giveUp(newest);
    how.fresh();
  });
  node.renew(part);
}

/** Opens in a tab of its own. An address that has ended is asked for again first. */
function link(part, how, attributes, ...children) {
  let until = 0;
  const node = el('a', {target: '_blank', rel: 'noopener noreferrer', ...attributes, on: {click: async (event) => {
    if (until > how.now()) return;
    event.preventDefault();
    await how.fresh();
    if (until > how.now()) node.click();
  }}}, ...children);
  node.renew = (newer) => {
    until = newer.until ?? Infinity;
    node.href = absolute(newer.url, how.base);
  };
  node.renew(part);
  return node;
}

function absolute(url, base) {
  return new URL(url, base).href;
}

/** A refused upload: its code is one of the server's, or network. */
export class UploadError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Follows an upload link. What is there already is no failure: the same offer is the
 * same upload.
 *
 * @param {{method: string, url: string, header: Object<string, string>}} link
 * @param {string} base what its address is relative to
 * @param {Blob} content
 * @param {{signal?: AbortSignal, onProgress?: (part: number) => void}} [options] progress from 0 to 1
 */
export function upload({method, url, header}, base, content, {signal, onProgress} = {}) {
  return new Promise((done, fail) => {
    if (signal?.aborted) return fail(new UploadError('cancelled'));
    const request = new XMLHttpRequest();
    request.open(method, absolute(url, base));
    for (const [name, value] of Object.entries(header)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({loaded, total}) => onProgress?.(total ? loaded / total : 0);
    request.onload = () => {
      const {status} = request;
      // S3 says so when somebody is just putting it there, who may fail.
      const busy = status === 409 && request.responseText.includes('ConditionalRequestConflict');
      if (status < 300 || (status === 409 && !busy) || status === 412) done();
      else fail(new UploadError(busy || status === 403 || status >= 500 ? 'network' : 'bad_request'));
    };
    request.onerror = () => fail(new UploadError('network'));
    request.onabort = () => fail(new UploadError('cancelled'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(content);
  });
}

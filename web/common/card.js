import {el, isolate} from './dom.js';

/**
 * A link as a card: its title leads there, and its host says where that is. Nothing is loaded
 * from there, its picture neither: a stranger's host would learn the address of whoever reads.
 *
 * @param {import('./frames.js').Part} part of kind link
 * @returns {Element|null} null where its address is not one of https: then its text says it all
 */
export function card({title, description, url}) {
  const host = hostOf(url);
  if (!title || !host) return null;
  return el('span', {class: 'card', test: 'card'},
    el('a', {href: url, part: 'link', rel: 'noopener noreferrer nofollow', target: '_blank'}, isolate(title)),
    description && isolate(description, {class: 'described'}),
    el('span', {class: 'host', dir: 'ltr', text: host}));
}

/** @returns {string} the host and port of an address of https; '' of anything else */
export function hostOf(url) {
  try {
    const {protocol, host} = new URL(url);
    return protocol === 'https:' ? host : '';
  } catch {
    return '';
  }
}

import {el} from './dom.js';

/**
 * Links in what people write. A text stays, letter by letter, what was written; a part
 * of it can be followed only if it begins with http:// or https:// and spells out a host
 * name in plain letters, so that what is read is where it leads. No link: other schemes,
 * hosts in letters that look like others, numbers for hosts, names before an @.
 */
const CANDIDATE = /\bhttps?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:[a-z]{2,}|xn--[a-z0-9-]+))(?::\d{1,5})?(?:[/?#][!-~]*)?/gi;
const NOT_IN_LINKS = /[<>"`{}|\\^]/;
const CLOSING = /[.,;:!?'")\]]+$/;
/** What may follow a link: nothing, a space, an end of a sentence or of a direction, or Chinese. */
const AFTER = /^(?:$|\s|[.,;:!?'")\]<>]+(?:$|\s)|[<>"`{}|^(\u202a-\u202e\u2066-\u2069]|\p{Script=Han}|[\u3000-\u303f\uff00-\uffef\u2010-\u2027])/u;

/** Shows a text in a node; what it shows already is left alone. */
export function setLinked(node, text) {
  if (node.textContent !== text) node.replaceChildren(...pieces(text));
}

function pieces(text) {
  const out = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimmed(match[0]);
    if (!leadsTo(address, match[1]) || !AFTER.test(text.slice(match.index + address.length))) continue;
    out.push(text.slice(end, match.index), link(address));
    end = match.index + address.length;
  }
  out.push(text.slice(end));
  return out;
}

/** Without what ends the sentence around it; a bracket stays if it was opened inside. */
function trimmed(found) {
  const stop = found.search(NOT_IN_LINKS);
  const address = stop < 0 ? found : found.slice(0, stop);
  const bare = address.replace(CLOSING, '');
  return address[bare.length] === ')' && bare.includes('(') ? `${bare})` : bare;
}

function leadsTo(address, host) {
  try {
    const url = new URL(address);
    return /^https?:$/.test(url.protocol) && !url.username && url.hostname === host.toLowerCase();
  } catch {
    return false;
  }
}

function link(address) {
  return el('a', {href: address, part: 'link', dir: 'ltr', rel: 'noopener noreferrer nofollow', target: '_blank', text: address});
}

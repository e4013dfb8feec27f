import {hostOf} from '../common/card.js';
import {el, icon, isolate} from '../common/dom.js';
import * as server from './server.js';

// A text of an account's may hold links that write for the customer: WeChat's form of them.
const LINK = /<a href="weixin:\/\/bizmsgmenu\?msgmenucontent=[^"]*?msgmenuid=([^"&]*)">([^<]*)<\/a>/g;

/** What a grey line says of something that happened. */
export function note({kind, text}, t) {
  if (kind === 'again') return t('again');
  if (kind === 'fault') return text;
  const told = t(text);
  return told === text ? t('tapped', {name: text}) : told;
}

/** The icon of a picture. */
export const PICTURE = 'M4 5h12v10H4zM4 13l3.500-3.500 3 3 2-2L16 14M13 8h.01';

/** A card, as WeChat draws them. Its picture is named: this page loads nothing from elsewhere. */
function card({text, description, url, picture}, t) {
  const host = hostOf(url);
  const title = isolate(text);
  return el('div', {class: 'wx-bubble wx-article', test: 'wechat-card'},
    host ? el('a', {href: url, rel: 'noopener noreferrer', target: '_blank'}, title) : el('strong', {}, title),
    description && isolate(description, {class: 'wx-about'}),
    picture && el('span', {class: 'wx-thumb', title: picture}, icon(PICTURE), el('span', {text: t('cardPicture', {host: hostOf(picture)})})),
    el('small', {dir: 'ltr', text: host || url}));
}

/** What somebody said. onItem gets the id of what is tapped in it. */
export function bubble(entry, t, onItem) {
  if (entry.kind === 'news' || entry.kind === 'link') return card(entry, t);
  const said = el('div', {class: 'wx-bubble', dir: 'auto'});
  if (entry.media && entry.kind === 'image') said.append(el('img', {src: server.mediaOf(entry.media), alt: t('image'), loading: 'lazy'}));
  else if (entry.kind === 'voice') said.append(el('span', {class: 'wx-voice', text: t('voiceNote')}));
  else if (entry.kind === 'video') said.append(el('span', {text: t('video')}));
  const items = new Map((entry.items ?? []).map((item) => [item.id, item]));
  const tap = (id, text) => el('button', {type: 'button', class: 'wx-item', test: 'wechat-item', text, on: {click: () => onItem(id)}});
  let from = 0;
  const text = entry.text ?? '';
  for (const link of text.matchAll(LINK)) {
    if (from < link.index) said.append(isolate(text.slice(from, link.index)));
    said.append(tap(link[1], link[2]));
    items.delete(link[1]);
    from = link.index + link[0].length;
  }
  if (from < text.length) said.append(isolate(text.slice(from)));
  for (const {id, content} of items.values()) said.append(tap(id, content));
  return said;
}

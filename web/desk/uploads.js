import {kindOf, localPart, upload} from '../common/media.js';
import {readied} from '../common/picture.js';
import {DeskError} from './api.js';

/** What a reply that shows a file begins as: a picture is readied first. */
export async function replyOf(file) {
  const ready = await readied(file);
  return {text: '', parts: [localPart(ready)], file: ready, progress: 0, abort: new AbortController()};
}

/**
 * Offers and uploads the file of a reply, unless it is there already. Its `abort` ends that.
 *
 * @param {import('./api.js').DeskAPI} api
 * @param {{picture_bytes: number, file_bytes: number}|null} limits null: nothing may be sent
 * @param {() => void} onProgress after the message's `progress`, from 0 to 1, has changed
 */
export async function uploadFor(api, limits, conversation, message, onProgress) {
  if (!message.file || message.media) return;
  if (!limits) throw new DeskError({code: 'not_possible', status: 422});
  const {name, type, size} = message.file;
  if (size > (kindOf(type) === 'image' ? limits.picture_bytes : limits.file_bytes)) throw new DeskError({code: 'too_large', status: 413});
  const {key, upload: link} = await api.offer(conversation, {id: message.id, name, type, size});
  try {
    await upload(link, location.href, message.file, {signal: message.abort.signal, onProgress: (part) => {
      message.progress = part;
      onProgress();
    }});
  } catch ({code}) {
    throw new DeskError({code, status: code === 'network' ? 0 : 400});
  }
  message.media = [key];
}

import {kindOf, localPart, upload} from '../common/media.js';
import {readied} from '../common/picture.js';
import {DeskError} from './api.js';

/** What a reply that shows a file begins as: a picture is readied first. */
export async function replyOf(file) {
  const ready = await readied(file);
  return {text: '', parts: [localPart(ready)], file: ready};
}

/**
 * Offers and uploads the file of a reply, unless it is there already.
 *
 * @param {import('./api.js').DeskAPI} api
 * @param {{picture_bytes: number, file_bytes: number}} limits
 */
export async function uploadFor(api, limits, conversation, message) {
  if (!message.file || message.media) return;
  const {name, type, size} = message.file;
  if (size > (kindOf(type) === 'image' ? limits.picture_bytes : limits.file_bytes)) throw new DeskError({code: 'too_large', status: 413});
  const {key, upload: link} = await api.offer(conversation, {id: message.id, name, type, size});
  try {
    await upload(link, location.href, message.file);
  } catch ({code}) {
    throw new DeskError({code, status: code === 'network' ? 0 : 400});
  }
  message.media = [key];
}

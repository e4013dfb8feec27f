/**
 * What an agent was about to write when the page had to leave to sign in again. It
 * waits in this tab for the page to come back.
 */

const WORK = 'zhida:desk:work';

/** @typedef {{drafts: Object<string, string>, selected: string}} Work by conversation */

/** @param {Work} work */
export function keepWork(work) {
  sessionStorage.setItem(WORK, JSON.stringify(work));
}

/** @returns {Work} */
export function takeWork() {
  const work = JSON.parse(sessionStorage.getItem(WORK) ?? 'null');
  sessionStorage.removeItem(WORK);
  return work ?? {drafts: {}, selected: ''};
}

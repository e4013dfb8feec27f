/**
 * The desk inside the demo page: the page around it hands over the token, and
 * may pull the plug. Only a parent of our own origin is listened to.
 */

/** @returns {string} the agent of #embed=<agent>; '' when the page stands alone */
export function embeddedAgent() {
  if (window.parent === window) return '';
  return new URLSearchParams(location.hash.slice(1)).get('embed') ?? '';
}

/** @param {{onLanguage: (language: string) => void, onVanish: () => void, onReturn: () => void}} actions */
export function joinParent({onLanguage, onVanish, onReturn}) {
  let arrived = () => {};
  const handlers = {
    'desk-token': ({token}) => arrived(token),
    'desk-language': ({language}) => onLanguage(language),
    'desk-vanish': onVanish,
    'desk-return': onReturn,
  };
  addEventListener('message', (event) => {
    if (event.origin !== location.origin || event.source !== window.parent) return;
    handlers[event.data?.zhida]?.(event.data);
  });
  return {
    /** Asks for a fresh token; each connect has its own. */
    token: () =>
      new Promise((resolve) => {
        arrived = resolve;
        window.parent.postMessage({zhida: 'desk-wants-token', agent: embeddedAgent()}, location.origin);
      }),
  };
}

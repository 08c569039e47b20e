/**
 * A request refused by the page's own Content-Security-Policy fails like a broken network. The browser tells the
 * difference by an event on the document, listened to only while a request is under way.
 */

/**
 * @param {string} url the address about to be asked
 * @param {() => void} [found] called when the policy refuses it
 * @returns {() => Promise<boolean>} ends the watch, and tells whether the policy refused that address
 */
export function watchPolicy(url, found) {
  let seen = false;
  /** @param {SecurityPolicyViolationEvent} event */
  const listen = ({ blockedURI, disposition }) => {
    if (disposition === 'enforce' && url.startsWith(blockedURI)) {
      seen = true;
      found?.();
    }
  };
  document.addEventListener('securitypolicyviolation', listen);
  return async () => {
    // The event is a task of its own, and may come after the failure of the request.
    await new Promise((resume) => setTimeout(resume));
    document.removeEventListener('securitypolicyviolation', listen);
    return seen;
  };
}

/**
 * `?avis-diagnostic` in the address of the page: why the button works there, or not, for whoever puts it there. What
 * only the page knows is told from here; the collector says the rest in its own words.
 */

import { html } from './dom.js';
import { request } from './request.js';

export const wanted = () => location.search.includes('avis-diagnostic');

/**
 * @param {HTMLElement} host
 * @param {HTMLElement} surface where the panel goes
 * @param {string} address of the form, without its query
 * @param {string} language
 */
export async function diagnose(host, surface, address, language) {
  const box = html('div.avis-panneau', { role: 'status' });
  /** @param {string[]} text */
  const line = (...text) => box.append(html('p', {}, text.join(' ')));
  /**
   * @param {string} cause
   * @param {string} directive
   */
  const fail = (cause, directive) => line('✗', cause, cause === 'csp' ? `${directive} ${new URL(address).origin}` : '');

  surface.append(html('div.avis-integre', {}, box));
  host.addEventListener('avis:erreur', (event) => {
    const framed = surface.querySelector('h2[hidden]');
    fail(/** @type {CustomEvent} */ (event).detail.cause, framed ? 'frame-src' : 'connect-src');
  });
  /** @type {HTMLScriptElement | null} */
  const script = document.querySelector('script[src$="/avis.js"]');
  const facts = `lang=${language}&version=${VERSION}&integrite=${script?.integrity ? 1 : 0}&heure=${Date.now()}`;
  const { cause, body } = await request(`${address}/diagnostic.json?${facts}`);
  line('avis.js', VERSION);
  if (cause) fail(cause, 'connect-src');
  for (const each of /** @type {string[]} */ (body.lignes ?? [])) line(each);
}

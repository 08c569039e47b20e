/** One exchange with the collector, within a time limit: whatever happens, an `Answer`. */

import { watchPolicy } from './policy.js';

/** @import {Answer, Cause} from './types.d.ts' */

/** Milliseconds after which an answer is no longer waited for. */
const LIMIT = 8000;

/** @type {Record<number, Cause>} */
const CAUSES = { 403: 'origine', 410: 'ferme', 429: 'limite' };

/** @type {RequestInit} */
const ANONYMOUS = {
  mode: 'cors',
  credentials: 'omit',
  // The collector compares the origin of the page, and is told nothing more of its address.
  referrerPolicy: 'strict-origin-when-cross-origin',
};

/**
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<Answer>} never rejects
 */
export async function request(url, init) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), LIMIT);
  const refused = watchPolicy(url);
  try {
    const response = await fetch(url, { ...ANONYMOUS, ...init, signal: control.signal });
    const { status } = response;
    const body = (await response.json().catch(() => undefined)) ?? {};
    // A date would have to be compared with the device's clock, which may be wrong: only seconds are read.
    const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
    return { status, body, retryAfter, cause: response.ok ? undefined : (CAUSES[status] ?? 'serveur') };
  } catch {
    return { status: 0, body: {}, cause: (await refused()) ? 'csp' : 'reseau' };
  } finally {
    clearTimeout(timer);
    refused();
  }
}

/**
 * Post JSON as plain text, which is what a string is: `application/json` would cost a preflight. `keepalive` lets it
 * outlive the page.
 *
 * Only the collector says what became of an avis: something else may answer 200 in its place.
 *
 * @param {string} url
 * @param {unknown} body
 * @returns {Promise<Answer>}
 */
export async function post(url, body) {
  const answer = await request(url, {
    method: 'POST',
    body: JSON.stringify(body),
    keepalive: true,
  });
  return answer.cause || answer.body.resultat ? answer : { status: 0, body: {}, cause: 'serveur' };
}

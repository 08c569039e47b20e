/** What the collector gives for one bouton: the questions, and with them its clock and a jeton. */

import { request } from './request.js';

/** @import {Answer, Formulaire} from './types.d.ts' */

/** Milliseconds after which the questions are asked for again, well before their jeton expires. */
const FRESH = 12 * 60 * 60 * 1000;

/** @typedef {ReturnType<typeof createQuestions>} Questions */

/**
 * @param {string} address of the JSON, without its query
 * @param {() => string} language to ask for now
 */
export function createQuestions(address, language) {
  /** @type {Formulaire | undefined} */
  let given;
  let asked = '';
  /** On the page's monotonic clock. */
  let received = 0;
  /** @type {Promise<Answer> | undefined} */
  let loading;

  const age = () => performance.now() - received;

  /** @returns {Promise<Answer>} */
  async function ask() {
    const langue = language();
    const answer = await request(`${address}?lang=${langue}`);
    loading = undefined;
    if (answer.cause) return answer;
    // Its shape is the collector's promise, schemas/formulaire.v1.json; something else may answer in its place.
    const formulaire = /** @type {Formulaire} */ (/** @type {unknown} */ (answer.body));
    if (!formulaire.textes) return { ...answer, cause: 'serveur' };
    given = formulaire;
    asked = langue;
    received = performance.now();
    return answer;
  }

  return {
    /** Never two requests at a time: each one counts as an opening of the form. */
    load() {
      loading ??= ask();
      return loading;
    },
    /** What was given, while it still serves. */
    fresh: () => (asked === language() && age() < FRESH ? given : undefined),
    jeton: () => given?.jeton ?? undefined,
    /** The collector's time in milliseconds: the device's own clock may be wrong by years. */
    now: () => (given?.maintenant ?? 0) + age(),
  };
}

/** What the collector gives for one bouton: the questions, and with them a jeton and the cle of one avis. */

import { request } from './request.js';

/** @import {Answer, Formulaire} from './types.d.ts' */

/** @typedef {ReturnType<typeof createQuestions>} Questions */

/**
 * @param {string} address of the JSON, without its query
 * @param {() => string} language to ask for now
 */
export function createQuestions(address, language) {
  /** @type {Formulaire | undefined} */
  let given;
  let asked = '';
  /** @type {Promise<Answer> | undefined} */
  let loading;

  /** @returns {Promise<Answer>} */
  async function ask() {
    const langue = language();
    const answer = await request(`${address}?lang=${langue}`);
    loading = undefined;
    // Its shape is the collector's promise, schemas/formulaire.v1.json; something else may answer in its place.
    if (!answer.body.textes) answer.cause ??= 'serveur';
    if (!answer.cause) {
      given = /** @type {Formulaire} */ (/** @type {unknown} */ (answer.body));
      asked = langue;
    }
    return answer;
  }

  return {
    /** Never two requests at a time: each one counts as an opening of the form. */
    load() {
      loading ??= ask();
      return loading;
    },
    /** What was given, while it still serves. */
    fresh: () => (asked === language() ? given : undefined),
    jeton: () => given?.jeton,
  };
}
